-- card_roles: who belongs to an account by role, and when each role was last seen.
--
-- Grain    one row per known account
-- Reads    account_known, person_role
-- Params   none
-- Columns  account_id                varchar    canonical
--          members                   bigint
--          members_buyer             bigint
--          members_implementer       bigint
--          members_user              bigint
--          members_executive         bigint
--          members_without_role      bigint     of whom nothing tells the role
--          roles_present             varchar[]
--          roles_missing             varchar[]  of the four; null when no member's role is known
--          last_seen_buyer_on        date
--          last_seen_implementer_on  date
--          last_seen_user_on         date
--          last_seen_executive_on    date
-- Refresh  by account
-- Rule     docs/card-rules.md, "Roles". Last seen counts former members, too.

with

counted as (
    select
        account_id,
        count(*) filter (where is_member) as members,
        count(*) filter (where is_member and role = 'buyer') as buyers,
        count(*) filter (where is_member and role = 'implementer') as implementers,
        count(*) filter (where is_member and role = 'user') as users,
        count(*) filter (where is_member and role = 'executive') as executives,
        count(*) filter (where is_member and role is null) as without_role,
        max(case when role = 'buyer' then last_on end) as buyer_on,
        max(case when role = 'implementer' then last_on end) as implementer_on,
        max(case when role = 'user' then last_on end) as user_on,
        max(case when role = 'executive' then last_on end) as executive_on,
    from person_role
    group by account_id
)

select
    account_known.account_id,
    coalesce(counted.members, 0) as members,
    coalesce(counted.buyers, 0) as members_buyer,
    coalesce(counted.implementers, 0) as members_implementer,
    coalesce(counted.users, 0) as members_user,
    coalesce(counted.executives, 0) as members_executive,
    coalesce(counted.without_role, 0) as members_without_role,
    list_filter(
        [
            case when counted.buyers > 0 then 'buyer' end,
            case when counted.implementers > 0 then 'implementer' end,
            case when counted.users > 0 then 'user' end,
            case when counted.executives > 0 then 'executive' end
        ],
        lambda role: role is not null
    ) as roles_present,
    case
        when counted.members > counted.without_role then list_filter(
            [
                case when counted.buyers = 0 then 'buyer' end,
                case when counted.implementers = 0 then 'implementer' end,
                case when counted.users = 0 then 'user' end,
                case when counted.executives = 0 then 'executive' end
            ],
            lambda role: role is not null
        )
    end as roles_missing,
    counted.buyer_on as last_seen_buyer_on,
    counted.implementer_on as last_seen_implementer_on,
    counted.user_on as last_seen_user_on,
    counted.executive_on as last_seen_executive_on,
from account_known
left join counted
    on counted.account_id = account_known.account_id

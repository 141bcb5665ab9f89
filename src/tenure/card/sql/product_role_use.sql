-- product_role_use: how many members have each role, and in how many accounts.
--
-- Grain    one row per role; `none` for members of whom nothing tells it
-- Reads    account_card
-- Params   none
-- Columns  role      varchar
--          people    bigint   members, counted in each account that they belong to
--          accounts  bigint   with at least one
-- Rule     docs/card-rules.md, "Roles"

with

counted as (
    select 'buyer' as role, members_buyer as members
    from account_card

    union all

    select 'implementer' as role, members_implementer as members
    from account_card

    union all

    select 'user' as role, members_user as members
    from account_card

    union all

    select 'executive' as role, members_executive as members
    from account_card

    union all

    select 'none' as role, members_without_role as members
    from account_card
)

select
    role,
    coalesce(sum(members), 0)::bigint as people,
    count(*) filter (where members > 0) as accounts,
from counted
group by role

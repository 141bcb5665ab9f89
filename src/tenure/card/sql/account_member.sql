-- account_member: who belongs to which account, and who did until they were removed.
--
-- Grain    one row per (account_id, person_id) that were ever linked, or that anything joined
-- Reads    membership_link, event_day
-- Params   none
-- Columns  account_id  varchar      canonical
--          person_id   varchar      canonical
--          joined_at   timestamptz  last identify, group, `Signed Up` or `Account Added User`
--          removed_at  timestamptz  last `Account Removed User`
--          is_member   boolean      not removed since they joined
-- Refresh  by account
-- Rule     As customers keeps memberships. membership_link also names the account that somebody
--          left last, so that what they did there still counts for it, and no other that they left.

with

told as (
    select
        account_id,
        person_id,
        max(case when name is distinct from 'Account Removed User' then last_at end) as joined_at,
        max(case when name = 'Account Removed User' then last_at end) as removed_at,
    from event_day
    where account_id is not null
      and person_id is not null
      and not starts_with(person_id, 'anon:')
      and (
          type in ('identify', 'group')
          or (
              type in ('track', 'passive')
              and name in ('Signed Up', 'Account Added User', 'Account Removed User')
          )
      )
    group by account_id, person_id
)

select
    coalesce(membership_link.account_id, told.account_id) as account_id,
    coalesce(membership_link.person_id, told.person_id) as person_id,
    told.joined_at,
    told.removed_at,
    told.removed_at is null or coalesce(told.joined_at > told.removed_at, false) as is_member,
from membership_link
full join told
    on  told.account_id = membership_link.account_id
    and told.person_id = membership_link.person_id

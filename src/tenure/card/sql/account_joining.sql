-- account_joining: when events last said that somebody joined an account, or left it.
--
-- Grain    one row per (account_id, person_id) of which any event says so
-- Reads    event_day
-- Params   none
-- Columns  account_id  varchar      canonical
--          person_id   varchar      canonical, identified
--          joined_at   timestamptz  last identify, group, `Signed Up` or `Account Added User`
--          removed_at  timestamptz  last `Account Removed User`
-- Refresh  by account
-- Merge    joined_at max, removed_at max
-- Rule     As customers keeps memberships.

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

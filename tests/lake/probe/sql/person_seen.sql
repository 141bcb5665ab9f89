-- person_seen: whom an account had, from when until when, on how many days.
--
-- Grain    one row per (account_id, person_id)
-- Reads    event_day
-- Params   none
-- Columns  account_id  varchar
--          person_id   varchar      null for what names nobody
--          first_on    date
--          last_at     timestamptz
--          days        bigint
--          events      bigint
-- Refresh  by account
-- Merge    first_on min, last_at max, days sum, events sum
-- Rule     tests/lake/lake_worlds.py

select
    account_id,
    person_id,
    min(day) as first_on,
    max(last_at) as last_at,
    count(distinct day) as days,
    sum(events)::bigint as events,
from event_day
where account_id is not null
group by account_id, person_id

-- first_seen: since when and until when an account did each thing.
--
-- Grain    one row per (account_id, name)
-- Reads    event_day
-- Params   none
-- Columns  account_id  varchar
--          name        varchar
--          first_on    date
--          b_last_on   date       null for what is not `b`
-- Refresh  by account
-- Merge    first_on min, b_last_on max
-- Rule     tests/lake/lake_worlds.py

select
    account_id,
    name,
    min(day) as first_on,
    max(case when name = 'b' then day end) as b_last_on,
from event_day
where account_id is not null
group by account_id, name

-- active_day: how many people were there on a day.
--
-- Grain    one row per day
-- Reads    event_day
-- Params   none
-- Columns  day     date
--          people  bigint
-- Refresh  by day
-- Rule     tests/lake/lake_worlds.py

select
    day,
    count(distinct person_id) as people,
from event_day
group by 1

-- day_of_event_news: days on which something new happened, or did not happen after all.
--
-- Grain    one row per day, cut in the company's time zone
-- Reads    touched_event
-- Params   $time_zone varchar
-- Columns  day  date
-- Rule     docs/architecture.md, "Derived relations"

select distinct (occurred_at at time zone $time_zone)::date as day
from touched_event

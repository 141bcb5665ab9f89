-- event_seen: which events there ever were, so that a condition can name them.
--
-- Grain    one row per name
-- Reads    event_day
-- Params   $today date
-- Columns  name     varchar
--          events   bigint     of the last 90 days
--          last_on  date
-- Rule     docs/segments.md

select
    name,
    coalesce(sum(events) filter (where day > $today::date - 90), 0)::bigint as events,
    max(day) as last_on,
from event_day
where name is not null
group by name
order by events desc, name

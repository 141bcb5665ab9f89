-- draft_use: how widely each event was used, for a first product file.
--
-- Grain    one row per name of a track event
-- Reads    event_day
-- Params   none
-- Columns  event     varchar
--          accounts  bigint   different accounts that ever did it
--          people    bigint   different people, unknown ones too
--          events    bigint
--          first_on  date
--          last_on   date
-- Rule     docs/product.md, "The first draft"

select
    name as event,
    count(distinct account_id) as accounts,
    count(distinct person_id) as people,
    sum(events)::bigint as events,
    min(day) as first_on,
    max(day) as last_on,
from event_day
where type = 'track'
  and name is not null
group by name
order by accounts desc, events desc, event

-- draft_property: some of what each event carried.
--
-- Grain    one row per event, at most $rows for each name
-- Reads    event
-- Params   $since_at timestamptz, $rows bigint
-- Columns  event       varchar
--          properties  varchar  JSON object
-- Rule     The same rows each time: the first by id.

select
    name as event,
    properties,
from event
where type = 'track'
  and name is not null
  and occurred_at >= $since_at
qualify row_number() over (partition by name order by message_id, source) <= $rows

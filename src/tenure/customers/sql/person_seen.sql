-- person_seen: when each identified person was named by new events, source by source.
--
-- Grain    one row per (person_id, source) that an event in the batches names
-- Reads    event
-- Params   $after_batch bigint, $last_batch bigint, $only varchar[]    (only null: every id)
-- Columns  person_id      varchar      as sent, not canonical
--          source         varchar
--          first_seen_at  timestamptz
--          last_seen_at   timestamptz  null when this person used nothing
-- Rule     `context.active = false`, what is no use of the product, and traits read from a file
--          leave last_seen_at alone.

select
    user_id as person_id,
    source,
    min(occurred_at) as first_seen_at,
    max(occurred_at) filter (
        where (
              type in ('track', 'page', 'screen', 'alias')
              or (type in ('identify', 'group') and source_ref is null)
          )
          and not (
              contains(context, '"active"')
              and coalesce(context ->> '$.active', '') = 'false'
          )
    ) as last_seen_at,
from event
where batch > $after_batch
  and batch <= $last_batch
  and user_id is not null
  and type not in ('signal', 'task', 'segment', 'message', 'offboard')
  and ($only is null or user_id in (select unnest($only)))
group by user_id, source
order by user_id

-- person_said: what new events say of each person's traits, each wording once, at its latest.
--
-- Grain    one row per (person_id, name, properties)
-- Reads    event
-- Params   $after_batch bigint, $last_batch bigint, $only varchar[]    (only null: every id)
-- Columns  person_id    varchar      as sent, not canonical
--          name         varchar      `Signed Up`; null for an identify
--          properties   varchar      JSON object
--          occurred_at  timestamptz
--          known_at     timestamptz
-- Rule     reference: Segment, B2B SaaS spec. Which properties become traits: `traits.py`

select
    user_id as person_id,
    case when type = 'track' then name end as name,
    properties,
    occurred_at,
    known_at,
from event
where batch > $after_batch
  and batch <= $last_batch
  and user_id is not null
  and (type = 'identify' or (type = 'track' and name = 'Signed Up'))
  and ($only is null or user_id in (select unnest($only)))
qualify row_number() over (
    partition by user_id, type, name, properties
    order by occurred_at desc, known_at desc
) = 1

-- account_said: what new events say of each account's traits, each wording once, at its latest.
--
-- Grain    one row per (account_key, type, name, properties)
-- Reads    event
-- Params   $after_batch bigint, $last_batch bigint, $only varchar[]    (only null: every id)
-- Columns  account_key  varchar      as sent, not canonical
--          type         varchar      group | track | identify (its trait `company`)
--          name         varchar      of a track
--          properties   varchar      JSON object
--          occurred_at  timestamptz
--          known_at     timestamptz
-- Rule     reference: Segment, B2B SaaS spec. Which properties become traits: `traits.py`

with

said as (
    select
        coalesce(
            account_key,
            case when type = 'identify' then properties ->> '$.company.id' end
        ) as account_key,
        type,
        case when type = 'track' then name end as name,
        properties,
        occurred_at,
        known_at,
    from event
    where batch > $after_batch
      and batch <= $last_batch
      and (
          type = 'group'
          or (type = 'identify' and contains(properties, '"company"'))
          or (type = 'track' and name in ('Account Created', 'Trial Started', 'Trial Ended'))
      )
)

select
    account_key,
    type,
    name,
    properties,
    occurred_at,
    known_at,
from said
where account_key is not null
  and ($only is null or account_key in (select unnest($only)))
qualify row_number() over (
    partition by account_key, type, name, properties
    order by occurred_at desc, known_at desc
) = 1

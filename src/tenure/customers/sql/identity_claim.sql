-- identity_claim: which new events say that an anonymous id is somebody, each pair at its first.
--
-- Grain    one row per (raw_id, person_id, because)
-- Reads    event
-- Params   $after_batch bigint, $last_batch bigint, $only varchar[]    (only null: every id)
-- Columns  raw_id     varchar      `anon:` and the anonymous id, or an alias's previous id
--          person_id  varchar      as sent, not canonical
--          because    varchar      identify (any event with both ids) | alias
--          evidence   varchar      source/message_id of the first such event
--          made_at    timestamptz  when it occurred
--          known_at   timestamptz  when any of them could first be known
-- Rule     docs/architecture.md, "Who". Which claim holds is decided in `claims.py`.

with

claim as (
    select
        'anon:' || anonymous_id as raw_id,
        user_id as person_id,
        'identify' as because,
        source || '/' || message_id as evidence,
        occurred_at,
        known_at,
    from event
    where batch > $after_batch
      and batch <= $last_batch
      and user_id is not null
      and anonymous_id is not null

    union all

    select
        'anon:' || previous_id as raw_id,
        user_id as person_id,
        'alias' as because,
        source || '/' || message_id as evidence,
        occurred_at,
        known_at,
    from event
    where batch > $after_batch
      and batch <= $last_batch
      and type = 'alias'
      and user_id is not null
      and previous_id is not null
      and previous_id <> user_id
)

select
    raw_id,
    person_id,
    because,
    evidence,
    occurred_at as made_at,
    min(known_at) over (partition by raw_id, person_id, because) as known_at,
from claim
where $only is null
   or raw_id in (select unnest($only))
qualify row_number() over (
    partition by raw_id, person_id, because
    order by occurred_at, evidence
) = 1
order by raw_id

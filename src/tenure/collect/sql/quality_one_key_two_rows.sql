-- quality_one_key_two_rows: rows under one key that say different things.
--
-- Grain    one row per example, at most $limit; none when nothing is found
-- Reads    event, billing_fact
-- Params   $source varchar, $limit bigint, $time_zone varchar
-- Columns  found        bigint     how many there are
--          of_count     bigint     how many it could be true of
--          account_id   varchar
--          happened_on  date
--          compared_on  date
--          source_ref   varchar
--          other_ref    varchar
-- Rule     docs/import.md, "Contradictions"

with

row_of_key as (
    select
        split_part(message_id, '-', 1) as row_key,
        split_part(message_id, '-', 2) as slot,
        min(account_key) as account_key,
        min(happened_at) as happened_at,
        min(source_ref) as source_ref,
    from (
        select message_id, account_key, occurred_at as happened_at, source_ref
        from event
        where source = $source
        union all
        select message_id, account_key, effective_at as happened_at, source_ref
        from billing_fact
        where source = $source
    ) as imported
    group by split_part(message_id, '-', 1), split_part(message_id, '-', 2)
),

counted as (
    select
        row_key,
        count(*) as slots,
        min(account_key) as account_key,
        min(happened_at) as happened_at,
        min(source_ref) as source_ref,
        max(source_ref) as other_ref,
    from row_of_key
    group by row_key
),

candidate as (
    select
        account_key as account_id,
        cast(happened_at at time zone $time_zone as date) as happened_on,
        cast(null as date) as compared_on,
        source_ref as source_ref,
        case when slots > 1 then other_ref end as other_ref,
        slots > 1 as is_found,
    from counted
)

select
    count(*) over () as found,
    (select count(*) from candidate) as of_count,
    account_id,
    happened_on,
    compared_on,
    source_ref,
    other_ref,
from candidate
where is_found
order by source_ref, account_id
limit $limit

-- quality_future_dated: rows dated after the import that brought them; ends may well be.
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

candidate as (
    select
        account_key as account_id,
        cast(occurred_at at time zone $time_zone as date) as happened_on,
        cast(received_at at time zone $time_zone as date) as compared_on,
        source_ref as source_ref,
        cast(null as varchar) as other_ref,
        occurred_at > received_at as is_found,
    from (
        select account_key, occurred_at, received_at, source_ref
        from event
        where source = $source
        union all
        select account_key, effective_at as occurred_at, received_at, source_ref
        from billing_fact
        where source = $source
          and kind in ('start', 'pause', 'invoice_line')
    ) as dated
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

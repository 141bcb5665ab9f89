-- quality_amount_not_positive: paid subscriptions and invoice lines of zero or less.
--
-- Grain    one row per example, at most $limit; none when nothing is found
-- Reads    billing_fact
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
        cast(effective_at at time zone $time_zone as date) as happened_on,
        cast(null as date) as compared_on,
        source_ref as source_ref,
        cast(null as varchar) as other_ref,
        coalesce(amount_minor, mrr_minor) <= 0 as is_found,
    from billing_fact
    where source = $source
      and kind in ('start', 'invoice_line')
      and coalesce(status, 'active') not in ('trialing')
      and coalesce(amount_minor, mrr_minor) is not null
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

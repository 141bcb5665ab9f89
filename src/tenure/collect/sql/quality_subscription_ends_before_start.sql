-- quality_subscription_ends_before_start: versions of subscriptions that end before they start.
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
        started.account_key as account_id,
        cast(ended.effective_at at time zone $time_zone as date) as happened_on,
        cast(started.effective_at at time zone $time_zone as date) as compared_on,
        ended.source_ref as source_ref,
        started.source_ref as other_ref,
        ended.effective_at < started.effective_at as is_found,
    from billing_fact as started
    inner join billing_fact as ended
        on ended.source = started.source
        and ended.subscription_id = started.subscription_id
        and coalesce(ended.version_key, '') = coalesce(started.version_key, '')
        and ended.account_key = started.account_key
    where started.source = $source
      and started.kind = 'start'
      and ended.kind = 'end'
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

-- quality_use_before_subscription: use under a subscription on a day before that subscription
-- starts.
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

subscription as (
    select
        subscription_id,
        min(case when kind = 'start' then effective_at end) as starts_at,
        min(case when kind = 'start' then source_ref end) as source_ref,
        max(case when kind = 'end' then effective_at end) as last_end_at,
        sum(case when kind = 'start' then 1 else 0 end) as starts,
        sum(case when kind = 'end' then 1 else 0 end) as ends,
    from billing_fact
    where source = $source
      and kind in ('start', 'end')
      and subscription_id is not null
    group by subscription_id
),

used as (
    select
        account_key,
        occurred_at,
        source_ref,
        json_extract_string(properties, '$.subscription_id') as subscription_id,
    from event
    where source = $source
      and type in ('track', 'page', 'screen')
),

candidate as (
    select
        used.account_key as account_id,
        cast(used.occurred_at at time zone $time_zone as date) as happened_on,
        cast(subscription.starts_at at time zone $time_zone as date) as compared_on,
        used.source_ref as source_ref,
        subscription.source_ref as other_ref,
        cast(used.occurred_at at time zone $time_zone as date)
            < cast(subscription.starts_at at time zone $time_zone as date) as is_found,
    from used
    inner join subscription
        on subscription.subscription_id = used.subscription_id
    where subscription.starts_at is not null
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

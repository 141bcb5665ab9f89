-- quality_no_such_subscription: rows that name a subscription which has no row, where there are
-- rows of some.
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

candidate as (
    select
        named.account_key as account_id,
        cast(named.occurred_at at time zone $time_zone as date) as happened_on,
        cast(null as date) as compared_on,
        named.source_ref as source_ref,
        cast(null as varchar) as other_ref,
        coalesce(subscription.starts, 0) = 0 as is_found,
    from (
        select
            account_key,
            occurred_at,
            source_ref,
            json_extract_string(properties, '$.subscription_id') as subscription_id,
        from event
        where source = $source
        union all
        select account_key, effective_at as occurred_at, source_ref, subscription_id
        from billing_fact
        where source = $source
          and kind in ('pause', 'invoice_line')
    ) as named
    left join subscription
        on subscription.subscription_id = named.subscription_id
    where named.subscription_id is not null
      and exists (select 1 from subscription)
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

-- group_day: which value of a subscription column stands for an account, from which day on.
--
-- Grain    one row per (account_id, unit, day) on which a paid period starts or ends
-- Reads    subscription_period, fx_span
-- Params   $column varchar, $path varchar, $into varchar
-- Columns  account_id  varchar
--          unit        varchar  the currency; $into when accounts are taken over all currencies
--          day         date
--          mrr_minor   bigint   at the end of the day, in the unit
--          value       varchar  of the subscription with the largest MRR; on a tie the earliest
-- Rule     docs/metrics/churn.md, "Groups"; compared at the rate of the day of the change

with

period as (
    select
        account_id,
        currency,
        case when $into = '' then currency else $into end as unit,
        subscription_id,
        fact_id,
        starts_at,
        starts_on,
        ends_on,
        mrr_minor,
        case $column
            when '' then null
            when 'plan' then plan
            when 'billing_interval' then
                case
                    when billing_interval_count > 1 then
                        concat(cast(billing_interval_count as varchar), ' ', billing_interval)
                    else billing_interval
                end
            when 'source' then source
            when 'status' then status
            when 'quantity' then cast(quantity as varchar)
            when 'subscription_id' then subscription_id
            when 'basis' then basis
            else json_extract_string(attributes, $path)
        end as value,
    from subscription_period
    where is_paying
      and (ends_on is null or ends_on > starts_on)
),

change as (
    select account_id, unit, starts_on as day,
    from period

    union

    select account_id, unit, ends_on as day,
    from period
    where ends_on is not null
),

standing as (
    select
        change.account_id,
        change.unit,
        change.day,
        period.value,
        case
            when fx_span.factor is null then period.mrr_minor
            else cast(round(period.mrr_minor * fx_span.factor) as bigint)
        end as worth_minor,
        period.starts_at,
        period.subscription_id,
        period.fact_id,
    from change
    left join period
        on  period.account_id = change.account_id
        and period.unit = change.unit
        and period.starts_on <= change.day
        and (period.ends_on is null or period.ends_on > change.day)
    left join fx_span
        on  fx_span.currency = period.currency
        and fx_span.from_on <= change.day
        and (fx_span.until_on is null or fx_span.until_on > change.day)
),

ranked as (
    select
        account_id,
        unit,
        day,
        value,
        sum(worth_minor) over (
            partition by account_id, unit, day
        ) as total_minor,
        row_number() over (
            partition by account_id, unit, day
            order by worth_minor desc, starts_at, subscription_id, fact_id
        ) as place,
    from standing
)

select
    account_id,
    unit,
    day,
    cast(greatest(coalesce(total_minor, 0), 0) as bigint) as mrr_minor,
    value,
from ranked
where place = 1

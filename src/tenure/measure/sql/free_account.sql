-- free_account: accounts that never paid and whose last trial or free period has ended.
--
-- Grain    one row per account_id
-- Reads    subscription_period
-- Params   $column varchar, $path varchar
-- Columns  account_id  varchar
--          currency    varchar  of that last period
--          lost_on     date     first day at whose end it no longer held
--          value       varchar  of the subscription column $column in that period
--          source      varchar
--          fact_id     varchar
-- Rule     docs/metrics/churn.md, "Free accounts lost"

with

ranked as (
    select
        account_id,
        currency,
        ends_on,
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
        source,
        fact_id,
        max(case when is_paying then 1 else 0 end) over (
            partition by account_id
        ) as has_paid,
        row_number() over (
            partition by account_id
            order by coalesce(ends_on, date '9999-12-31') desc, starts_at desc, fact_id
        ) as place,
    from subscription_period
    where ends_on is null
       or ends_on > starts_on
)

select
    account_id,
    currency,
    ends_on as lost_on,
    value,
    source,
    fact_id,
from ranked
where place = 1
  and ends_on is not null
  and has_paid = 0

-- period_value: what each period says under one column of subscriptions.
--
-- Grain    one row per (source, fact_id)
-- Reads    subscription_period
-- Params   $column varchar, $path varchar
-- Columns  source   varchar
--          fact_id  varchar
--          value    varchar
-- Rule     docs/metrics/churn.md, "Groups"

select
    source,
    fact_id,
    case $column
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

-- group_span: which value of a subscription column stands for an account, and how long.
--
-- Grain    one row per account_id and span
-- Reads    lead_converted, period_value
-- Params   none
-- Columns  account_id   varchar
--          from_on      date
--          until_on     date     null for the last
--          group_value  varchar
-- Rule     docs/metrics/churn.md, "Groups"

select
    lead_converted.account_id,
    lead_converted.from_on,
    lead_converted.until_on,
    period_value.value as group_value,
from lead_converted
left join period_value
    on  period_value.source = lead_converted.source
    and period_value.fact_id = lead_converted.fact_id

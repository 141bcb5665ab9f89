-- group_span: which value of a subscription column stands for an account, and how long.
--
-- Grain    one row per account_id and span
-- Reads    group_day
-- Params   none
-- Columns  account_id   varchar
--          from_on      date
--          until_on     date     null for the last
--          group_value  varchar
-- Rule     docs/metrics/churn.md, "Groups"

select
    account_id,
    day as from_on,
    lead(day) over (
        partition by account_id, unit
        order by day
    ) as until_on,
    value as group_value,
from group_day

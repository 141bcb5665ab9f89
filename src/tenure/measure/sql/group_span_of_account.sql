-- group_span_of_account: which value of a trait stands for an account: always its latest.
--
-- Grain    one row per account_id that has a value
-- Reads    account_value
-- Params   none
-- Columns  account_id   varchar
--          from_on      date
--          until_on     date
--          group_value  varchar
-- Rule     docs/metrics/churn.md, "Groups"

select
    account_id,
    date '0001-01-01' as from_on,
    cast(null as date) as until_on,
    value as group_value,
from account_value

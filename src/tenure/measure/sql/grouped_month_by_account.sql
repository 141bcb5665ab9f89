-- grouped_month_by_account: months of accounts, each in the group of one of its traits.
--
-- Grain    one row per (account_id, currency, month), as in account_month
-- Reads    account_month, account_value
-- Params   none
-- Columns  account_id           varchar
--          currency             varchar
--          month                date
--          group_value          varchar  at the start, or when it first paid in the month
--          end_group            varchar  at the end
--          start_minor          bigint
--          end_minor            bigint
--          new_count            bigint
--          reactivated_count    bigint
--          churned_count        bigint
--          new_minor            bigint
--          expansion_minor      bigint
--          contraction_minor    bigint
--          churned_minor        bigint
--          reactivated_minor    bigint
-- Rule     docs/metrics/churn.md, "Groups"

select
    account_month.account_id,
    account_month.currency,
    account_month.month,
    account_value.value as group_value,
    account_value.value as end_group,
    account_month.start_minor,
    account_month.end_minor,
    account_month.new_count,
    account_month.reactivated_count,
    account_month.churned_count,
    account_month.new_minor,
    account_month.expansion_minor,
    account_month.contraction_minor,
    account_month.churned_minor,
    account_month.reactivated_minor,
from account_month
left join account_value
    on  account_value.account_id = account_month.account_id

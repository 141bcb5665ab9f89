-- grouped_month_by_subscription: months of accounts, in the group of the subscription that leads.
--
-- Grain    one row per (account_id, currency, month), as in account_month
-- Reads    account_month, period_value
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
    opening.value as group_value,
    closing.value as end_group,
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
left join period_value as opening
    on  opening.source = account_month.opening_source
    and opening.fact_id = account_month.opening_fact_id
left join period_value as closing
    on  closing.source = account_month.closing_source
    and closing.fact_id = account_month.closing_fact_id

-- month_so_far_of_account: account_month of a month that is not over, from the movements given.
--
-- Grain    one row per (account_id, currency, month), as in account_month
-- Reads    account_month
-- Params   none
-- Columns  account_id           varchar
--          currency             varchar
--          month                date
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
--          opening_source       varchar
--          opening_fact_id      varchar
--          closing_source       varchar
--          closing_fact_id      varchar
-- Rule     docs/metrics/churn.md, "Months"

select
    account_id,
    currency,
    month,
    start_minor,
    end_minor,
    new_count,
    reactivated_count,
    churned_count,
    new_minor,
    expansion_minor,
    contraction_minor,
    churned_minor,
    reactivated_minor,
    opening_source,
    opening_fact_id,
    closing_source,
    closing_fact_id,
from account_month

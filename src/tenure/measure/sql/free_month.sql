-- free_month: how many accounts that never paid were lost in each month.
--
-- Grain    one row per (currency, group_value, month) that lost any
-- Reads    free_account, account_value, period_value
-- Params   $is_account_column boolean, $before_on date, $known_before_on date
-- Columns  currency            varchar
--          group_value         varchar
--          month               date
--          free_accounts_lost  bigint
-- Rule     docs/metrics/churn.md, "Free accounts lost"

select
    free_account.currency,
    case
        when $is_account_column then account_value.value
        else period_value.value
    end as group_value,
    cast(date_trunc('month', free_account.lost_on) as date) as month,
    cast(count(*) as bigint) as free_accounts_lost,
from free_account
left join account_value
    on  account_value.account_id = free_account.account_id
left join period_value
    on  period_value.source = free_account.source
    and period_value.fact_id = free_account.fact_id
where free_account.lost_on < $before_on
  and (free_account.held_again_on is null or free_account.held_again_on >= $known_before_on)
group by 1, 2, 3

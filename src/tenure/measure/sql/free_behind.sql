-- free_behind: the accounts that never paid and were lost in one month.
--
-- Grain    one row per account_id
-- Reads    free_account, account_value, period_value
-- Params   $month date, $before_on date, $known_before_on date, $only_currency varchar,
--          $is_account_column boolean, $in_group boolean, $group_value varchar, $row_limit bigint
-- Columns  account_id       varchar
--          currency         varchar
--          group_value      varchar
--          start_minor      bigint   0: it never paid
--          end_minor        bigint   0
--          part_minor       bigint   0
--          accounts_behind  bigint   how many there are in all
-- Rule     docs/metrics/churn.md, "Free accounts lost"

with

lost as (
    select
        free_account.account_id,
        free_account.currency,
        case
            when $is_account_column then account_value.value
            else period_value.value
        end as group_value,
    from free_account
    left join account_value
        on  account_value.account_id = free_account.account_id
    left join period_value
        on  period_value.source = free_account.source
        and period_value.fact_id = free_account.fact_id
    where cast(date_trunc('month', free_account.lost_on) as date) = $month
      and free_account.lost_on < $before_on
      and (
          free_account.held_again_on is null
          or free_account.held_again_on >= $known_before_on
      )
)

select
    account_id,
    currency,
    group_value,
    cast(0 as bigint) as start_minor,
    cast(0 as bigint) as end_minor,
    cast(0 as bigint) as part_minor,
    count(*) over () as accounts_behind,
from lost
where ($only_currency = '' or currency = $only_currency)
  and (not $in_group or group_value is not distinct from $group_value)
order by account_id
limit $row_limit

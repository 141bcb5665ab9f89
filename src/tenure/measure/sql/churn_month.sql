-- churn_month: what joined, moved and left in each month, and how the stock of accounts changed.
--
-- Grain    one row per (currency, group_value, month) in which anything changed
-- Reads    grouped_month
-- Params   none
-- Columns  currency                varchar
--          group_value             varchar  null: the account has no value
--          month                   date     its first day
--          accounts_new            bigint   movements of that kind, as are the next two
--          accounts_reactivated    bigint
--          accounts_churned        bigint
--          accounts_won            bigint   first paid in the month and paying at its end
--          accounts_lost           bigint   paying at the start and not at the end
--          mrr_new_minor           bigint
--          mrr_expansion_minor     bigint
--          mrr_contraction_minor   bigint   negative
--          mrr_churned_minor       bigint   negative
--          mrr_reactivated_minor   bigint
--          lost_minor              bigint   churn and contraction, without accounts that pay
--                                           neither at the start nor at the end; negative
--          regained_minor          bigint   expansion and reactivation, likewise
--          shortfall_minor         bigint   of those paying at the start: start - least(start, end)
--          starters_change_minor   bigint   of those paying at the start: end - start
--          stock_accounts          bigint   change, by the end of the month, of how many pay
--          stock_minor             bigint   and of what they pay; by the group they end in
-- Rule     docs/metrics/churn.md

with

flow as (
    select
        currency,
        group_value,
        month,
        sum(new_count) as accounts_new,
        sum(reactivated_count) as accounts_reactivated,
        sum(churned_count) as accounts_churned,
        sum(case when new_count > 0 and end_minor > 0 then 1 else 0 end) as accounts_won,
        sum(case when start_minor > 0 and end_minor = 0 then 1 else 0 end) as accounts_lost,
        sum(new_minor) as mrr_new_minor,
        sum(expansion_minor) as mrr_expansion_minor,
        sum(contraction_minor) as mrr_contraction_minor,
        sum(churned_minor) as mrr_churned_minor,
        sum(reactivated_minor) as mrr_reactivated_minor,
        sum(
            case when start_minor + end_minor > 0 then churned_minor + contraction_minor else 0 end
        ) as lost_minor,
        sum(
            case
                when start_minor + end_minor > 0 then expansion_minor + reactivated_minor
                else 0
            end
        ) as regained_minor,
        sum(start_minor - least(start_minor, end_minor)) as shortfall_minor,
        sum(
            case when start_minor > 0 then end_minor - start_minor else 0 end
        ) as starters_change_minor,
    from grouped_month
    group by currency, group_value, month
),

stock as (
    select currency, end_group as group_value, month, 1 as accounts, end_minor as minor,
    from grouped_month
    where end_minor > 0

    union all

    select currency, group_value, month, -1 as accounts, -start_minor as minor,
    from grouped_month
    where start_minor > 0
),

stock_change as (
    select
        currency,
        group_value,
        month,
        sum(accounts) as stock_accounts,
        sum(minor) as stock_minor,
    from stock
    group by currency, group_value, month
)

select
    coalesce(flow.currency, stock_change.currency) as currency,
    coalesce(flow.group_value, stock_change.group_value) as group_value,
    coalesce(flow.month, stock_change.month) as month,
    cast(coalesce(flow.accounts_new, 0) as bigint) as accounts_new,
    cast(coalesce(flow.accounts_reactivated, 0) as bigint) as accounts_reactivated,
    cast(coalesce(flow.accounts_churned, 0) as bigint) as accounts_churned,
    cast(coalesce(flow.accounts_won, 0) as bigint) as accounts_won,
    cast(coalesce(flow.accounts_lost, 0) as bigint) as accounts_lost,
    cast(coalesce(flow.mrr_new_minor, 0) as bigint) as mrr_new_minor,
    cast(coalesce(flow.mrr_expansion_minor, 0) as bigint) as mrr_expansion_minor,
    cast(coalesce(flow.mrr_contraction_minor, 0) as bigint) as mrr_contraction_minor,
    cast(coalesce(flow.mrr_churned_minor, 0) as bigint) as mrr_churned_minor,
    cast(coalesce(flow.mrr_reactivated_minor, 0) as bigint) as mrr_reactivated_minor,
    cast(coalesce(flow.lost_minor, 0) as bigint) as lost_minor,
    cast(coalesce(flow.regained_minor, 0) as bigint) as regained_minor,
    cast(coalesce(flow.shortfall_minor, 0) as bigint) as shortfall_minor,
    cast(coalesce(flow.starters_change_minor, 0) as bigint) as starters_change_minor,
    cast(coalesce(stock_change.stock_accounts, 0) as bigint) as stock_accounts,
    cast(coalesce(stock_change.stock_minor, 0) as bigint) as stock_minor,
from flow
full outer join stock_change
    on  stock_change.currency = flow.currency
    and stock_change.group_value is not distinct from flow.group_value
    and stock_change.month = flow.month

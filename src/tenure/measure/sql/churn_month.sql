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

-- One pass over the accounts' months; what comes after reads few rows.
summed as (
    select
        currency,
        month,
        group_value,
        end_group,
        sum(new_count) as accounts_new,
        sum(reactivated_count) as accounts_reactivated,
        sum(churned_count) as accounts_churned,
        count(*) filter (where new_count > 0 and end_minor > 0) as accounts_won,
        count(*) filter (where start_minor > 0 and end_minor = 0) as accounts_lost,
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
        count(*) filter (where start_minor > 0) as accounts_at_start,
        count(*) filter (where end_minor > 0) as accounts_at_end,
        sum(start_minor) as start_minor,
        sum(end_minor) as end_minor,
    from grouped_month
    group by currency, month, group_value, end_group
),

flow as (
    select
        currency,
        month,
        group_value,
        accounts_new,
        accounts_reactivated,
        accounts_churned,
        accounts_won,
        accounts_lost,
        mrr_new_minor,
        mrr_expansion_minor,
        mrr_contraction_minor,
        mrr_churned_minor,
        mrr_reactivated_minor,
        lost_minor,
        regained_minor,
        shortfall_minor,
        starters_change_minor,
        -accounts_at_start as stock_accounts,
        -start_minor as stock_minor,
    from summed

    union all

    select
        currency,
        month,
        end_group as group_value,
        0 as accounts_new,
        0 as accounts_reactivated,
        0 as accounts_churned,
        0 as accounts_won,
        0 as accounts_lost,
        0 as mrr_new_minor,
        0 as mrr_expansion_minor,
        0 as mrr_contraction_minor,
        0 as mrr_churned_minor,
        0 as mrr_reactivated_minor,
        0 as lost_minor,
        0 as regained_minor,
        0 as shortfall_minor,
        0 as starters_change_minor,
        accounts_at_end as stock_accounts,
        end_minor as stock_minor,
    from summed
    where accounts_at_end > 0
)

select
    currency,
    group_value,
    month,
    cast(sum(accounts_new) as bigint) as accounts_new,
    cast(sum(accounts_reactivated) as bigint) as accounts_reactivated,
    cast(sum(accounts_churned) as bigint) as accounts_churned,
    cast(sum(accounts_won) as bigint) as accounts_won,
    cast(sum(accounts_lost) as bigint) as accounts_lost,
    cast(sum(mrr_new_minor) as bigint) as mrr_new_minor,
    cast(sum(mrr_expansion_minor) as bigint) as mrr_expansion_minor,
    cast(sum(mrr_contraction_minor) as bigint) as mrr_contraction_minor,
    cast(sum(mrr_churned_minor) as bigint) as mrr_churned_minor,
    cast(sum(mrr_reactivated_minor) as bigint) as mrr_reactivated_minor,
    cast(sum(lost_minor) as bigint) as lost_minor,
    cast(sum(regained_minor) as bigint) as regained_minor,
    cast(sum(shortfall_minor) as bigint) as shortfall_minor,
    cast(sum(starters_change_minor) as bigint) as starters_change_minor,
    cast(sum(stock_accounts) as bigint) as stock_accounts,
    cast(sum(stock_minor) as bigint) as stock_minor,
from flow
group by currency, group_value, month

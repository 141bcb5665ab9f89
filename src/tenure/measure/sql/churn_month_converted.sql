-- churn_month_converted: what stood, joined, moved and left in each month, in one currency.
--
-- Grain    one row per (group_value, month) in which anybody pays
-- Reads    pooled_change, pooled_movement, fx_span
-- Params   $months date[], $before_on date
-- Columns  group_value             varchar
--          month                   date
--          accounts_at_start       bigint
--          accounts_new            bigint   and so on as in churn_month
--          accounts_reactivated    bigint
--          accounts_churned        bigint
--          accounts_won            bigint
--          accounts_lost           bigint
--          mrr_at_start_minor      bigint   at the rate of the last day before the month
--          mrr_new_minor           bigint   movements at the rate of their day
--          mrr_expansion_minor     bigint
--          mrr_contraction_minor   bigint
--          mrr_churned_minor       bigint
--          mrr_reactivated_minor   bigint
--          mrr_fx_minor            bigint   what neither start nor movements explain of the end,
--                                           which is at the rate of the month's last day
--          lost_minor              bigint
--          regained_minor          bigint
--          shortfall_minor         bigint   start and end at the rate of the start
--          starters_change_minor   bigint   likewise
-- Rule     docs/metrics/currencies.md

with

month as (
    select unnest($months) as month
),

-- Exchange rates of the last day before a month, and of its own last day as far as is asked.
rate as (
    select
        month.month,
        opening.currency,
        opening.factor as opening_factor,
        null as closing_factor,
    from month
    join fx_span as opening
        on  opening.from_on < month.month
        and (opening.until_on is null or opening.until_on >= month.month)

    union all

    select
        month.month,
        closing.currency,
        null as opening_factor,
        closing.factor as closing_factor,
    from month
    join fx_span as closing
        on  closing.from_on < least(cast(month.month + interval 1 month as date), $before_on)
        and (
            closing.until_on is null
            or closing.until_on >= least(cast(month.month + interval 1 month as date), $before_on)
        )
),

month_rate as (
    select
        month,
        currency,
        max(opening_factor) as opening_factor,
        max(closing_factor) as closing_factor,
    from rate
    group by month, currency
),

account_flow as (
    select
        account_id,
        cast(date_trunc('month', moved_on) as date) as month,
        count(*) filter (where kind = 'new') as new_count,
        count(*) filter (where kind = 'reactivation') as reactivated_count,
        count(*) filter (where kind = 'churn') as churned_count,
        sum(case when kind = 'new' then delta_minor else 0 end) as new_minor,
        sum(case when kind = 'expansion' then delta_minor else 0 end) as expansion_minor,
        sum(case when kind = 'contraction' then delta_minor else 0 end) as contraction_minor,
        sum(case when kind = 'churn' then delta_minor else 0 end) as churned_minor,
        sum(case when kind = 'reactivation' then delta_minor else 0 end) as reactivated_minor,
    from pooled_movement
    where moved_on < $before_on
    group by account_id, cast(date_trunc('month', moved_on) as date)
),

-- Many accounts pay the same: how many pay each amount is all that a revaluation needs.
step as (
    select end_group as group_value, currency, end_minor as minor, month, 1 as units,
    from pooled_change
    where end_minor > 0

    union all

    select group_value, currency, start_minor as minor, month, -1 as units,
    from pooled_change
    where start_minor > 0
),

net_step as (
    select
        group_value,
        currency,
        minor,
        month,
        sum(units) as units,
    from step
    group by group_value, currency, minor, month
    having sum(units) <> 0
),

-- From the month after a step on, until the month of the next one, the same number pays.
level as (
    select
        group_value,
        currency,
        minor,
        month as after_month,
        lead(month) over (
            partition by group_value, currency, minor
            order by month
        ) as last_month,
        sum(units) over (
            partition by group_value, currency, minor
            order by month
            rows between unbounded preceding and current row
        ) as units,
    from net_step
),

-- What a changed account's currencies are worth, at both rates of the month.
valued as (
    select
        change.account_id,
        change.month,
        max(change.group_value) as group_value,
        max(change.end_group) as end_group,
        max(change.pays_at_start) as pays_at_start,
        max(change.pays_at_end) as pays_at_end,
        sum(cast(coalesce(round(change.start_minor * month_rate.opening_factor), 0) as bigint))
            as start_minor,
        sum(cast(coalesce(round(change.end_minor * month_rate.opening_factor), 0) as bigint))
            as end_as_opened_minor,
        sum(cast(coalesce(round(change.start_minor * month_rate.closing_factor), 0) as bigint))
            as start_as_closed_minor,
        sum(cast(coalesce(round(change.end_minor * month_rate.closing_factor), 0) as bigint))
            as end_minor,
    from pooled_change as change
    left join month_rate
        on  month_rate.month = change.month
        and month_rate.currency = change.currency
    group by change.account_id, change.month
),

account_step as (
    select group_value, month, -1 as accounts,
    from valued
    where pays_at_start = 1

    union all

    select end_group as group_value, month, 1 as accounts,
    from valued
    where pays_at_end = 1
),

net_account_step as (
    select
        group_value,
        month,
        sum(accounts) as accounts,
    from account_step
    group by group_value, month
),

-- Parts that add up: what stands, as if nobody had changed, and what those who did made of it.
part as (
    select
        level.group_value,
        month.month,
        0 as accounts_at_start,
        0 as accounts_new,
        0 as accounts_reactivated,
        0 as accounts_churned,
        0 as accounts_won,
        0 as accounts_lost,
        level.units * cast(coalesce(round(level.minor * month_rate.opening_factor), 0) as bigint)
            as start_minor,
        0 as new_minor,
        0 as expansion_minor,
        0 as contraction_minor,
        0 as churned_minor,
        0 as reactivated_minor,
        level.units * cast(coalesce(round(level.minor * month_rate.closing_factor), 0) as bigint)
            as end_minor,
        0 as lost_minor,
        0 as regained_minor,
        0 as shortfall_minor,
        0 as starters_change_minor,
    from level
    join month
        on  month.month > level.after_month
        and (level.last_month is null or month.month <= level.last_month)
    left join month_rate
        on  month_rate.month = month.month
        and month_rate.currency = level.currency
    where level.units <> 0

    union all

    select
        net_account_step.group_value,
        month.month,
        net_account_step.accounts as accounts_at_start,
        0 as accounts_new,
        0 as accounts_reactivated,
        0 as accounts_churned,
        0 as accounts_won,
        0 as accounts_lost,
        0 as start_minor,
        0 as new_minor,
        0 as expansion_minor,
        0 as contraction_minor,
        0 as churned_minor,
        0 as reactivated_minor,
        0 as end_minor,
        0 as lost_minor,
        0 as regained_minor,
        0 as shortfall_minor,
        0 as starters_change_minor,
    from net_account_step
    join month
        on  month.month > net_account_step.month

    union all

    select
        valued.group_value,
        valued.month,
        0 as accounts_at_start,
        coalesce(flow.new_count, 0) as accounts_new,
        coalesce(flow.reactivated_count, 0) as accounts_reactivated,
        coalesce(flow.churned_count, 0) as accounts_churned,
        case when flow.new_count > 0 then valued.pays_at_end else 0 end as accounts_won,
        valued.pays_at_start * (1 - valued.pays_at_end) as accounts_lost,
        0 as start_minor,
        coalesce(flow.new_minor, 0) as new_minor,
        coalesce(flow.expansion_minor, 0) as expansion_minor,
        coalesce(flow.contraction_minor, 0) as contraction_minor,
        coalesce(flow.churned_minor, 0) as churned_minor,
        coalesce(flow.reactivated_minor, 0) as reactivated_minor,
        valued.end_minor - valued.start_as_closed_minor as end_minor,
        case
            when valued.pays_at_start + valued.pays_at_end > 0
                then coalesce(flow.churned_minor, 0) + coalesce(flow.contraction_minor, 0)
            else 0
        end as lost_minor,
        case
            when valued.pays_at_start + valued.pays_at_end > 0
                then coalesce(flow.expansion_minor, 0) + coalesce(flow.reactivated_minor, 0)
            else 0
        end as regained_minor,
        valued.pays_at_start
            * (valued.start_minor - least(valued.start_minor, valued.end_as_opened_minor))
            as shortfall_minor,
        valued.pays_at_start * (valued.end_as_opened_minor - valued.start_minor)
            as starters_change_minor,
    from valued
    join month
        on  month.month = valued.month
    left join account_flow as flow
        on  flow.account_id = valued.account_id
        and flow.month = valued.month
)

select
    group_value,
    month,
    cast(sum(accounts_at_start) as bigint) as accounts_at_start,
    cast(sum(accounts_new) as bigint) as accounts_new,
    cast(sum(accounts_reactivated) as bigint) as accounts_reactivated,
    cast(sum(accounts_churned) as bigint) as accounts_churned,
    cast(sum(accounts_won) as bigint) as accounts_won,
    cast(sum(accounts_lost) as bigint) as accounts_lost,
    cast(sum(start_minor) as bigint) as mrr_at_start_minor,
    cast(sum(new_minor) as bigint) as mrr_new_minor,
    cast(sum(expansion_minor) as bigint) as mrr_expansion_minor,
    cast(sum(contraction_minor) as bigint) as mrr_contraction_minor,
    cast(sum(churned_minor) as bigint) as mrr_churned_minor,
    cast(sum(reactivated_minor) as bigint) as mrr_reactivated_minor,
    cast(sum(
        end_minor - start_minor - new_minor - expansion_minor - contraction_minor
        - churned_minor - reactivated_minor
    ) as bigint) as mrr_fx_minor,
    cast(sum(lost_minor) as bigint) as lost_minor,
    cast(sum(regained_minor) as bigint) as regained_minor,
    cast(sum(shortfall_minor) as bigint) as shortfall_minor,
    cast(sum(starters_change_minor) as bigint) as starters_change_minor,
from part
group by group_value, month

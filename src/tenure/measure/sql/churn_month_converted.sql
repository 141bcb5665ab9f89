-- churn_month_converted: what stood, joined, moved and left in each month, in one currency.
--
-- Grain    one row per (group_value, month) in which anybody pays
-- Reads    pooled_movement, mrr_movement, fx_span, group_span
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

-- The last day before a month, and its own last day, as far as the question goes.
boundary as (
    select
        month,
        month - 1 as opens_on,
        least(cast(month + interval 1 month as date), $before_on) - 1 as closes_on,
    from month
),

rate as (
    select
        boundary.month,
        opening.currency,
        opening.factor as opening_factor,
        null as closing_factor,
    from boundary
    join fx_span as opening
        on  opening.from_on <= boundary.opens_on
        and (opening.until_on is null or opening.until_on > boundary.opens_on)

    union all

    select
        boundary.month,
        closing.currency,
        null as opening_factor,
        closing.factor as closing_factor,
    from boundary
    join fx_span as closing
        on  closing.from_on <= boundary.closes_on
        and (closing.until_on is null or closing.until_on > boundary.closes_on)
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

unit_span as (
    select
        account_id,
        currency,
        moved_on as from_on,
        lead(moved_on) over (
            partition by account_id, currency
            order by moved_on
        ) as until_on,
        mrr_after_minor as mrr_minor,
    from mrr_movement
),

-- What each account pays in each currency when a month opens and when it closes.
standing as (
    select
        unit_span.account_id,
        unit_span.currency,
        boundary.month,
        case
            when unit_span.from_on <= boundary.opens_on then unit_span.mrr_minor
            else 0
        end as start_minor,
        case
            when unit_span.until_on is null or unit_span.until_on > boundary.closes_on
                then unit_span.mrr_minor
            else 0
        end as end_minor,
    from boundary
    join unit_span
        on  unit_span.from_on <= boundary.closes_on
        and (unit_span.until_on is null or unit_span.until_on > boundary.opens_on)
        and unit_span.mrr_minor > 0
),

-- A span that neither opens nor closes the month was in it for some days only.
valued as (
    select
        standing.account_id,
        standing.month,
        cast(coalesce(round(standing.start_minor * month_rate.opening_factor), 0) as bigint)
            as start_minor,
        cast(coalesce(round(standing.end_minor * month_rate.closing_factor), 0) as bigint)
            as end_minor,
        cast(coalesce(round(standing.end_minor * month_rate.opening_factor), 0) as bigint)
            as end_as_opened_minor,
        standing.start_minor > 0 as pays_at_start,
        standing.end_minor > 0 as pays_at_end,
    from standing
    left join month_rate
        on  month_rate.month = standing.month
        and month_rate.currency = standing.currency
),

account_standing as (
    select
        account_id,
        month,
        sum(start_minor) as start_minor,
        sum(end_minor) as end_minor,
        sum(end_as_opened_minor) as end_as_opened_minor,
        max(case when pays_at_start then 1 else 0 end) as pays_at_start,
        max(case when pays_at_end then 1 else 0 end) as pays_at_end,
    from valued
    group by account_id, month
),

account_flow as (
    select
        account_id,
        cast(date_trunc('month', moved_on) as date) as month,
        min(case when mrr_after_minor > 0 then moved_on end) as first_paid_on,
        sum(case when kind = 'new' then 1 else 0 end) as new_count,
        sum(case when kind = 'reactivation' then 1 else 0 end) as reactivated_count,
        sum(case when kind = 'churn' then 1 else 0 end) as churned_count,
        sum(case when kind = 'new' then delta_minor else 0 end) as new_minor,
        sum(case when kind = 'expansion' then delta_minor else 0 end) as expansion_minor,
        sum(case when kind = 'contraction' then delta_minor else 0 end) as contraction_minor,
        sum(case when kind = 'churn' then delta_minor else 0 end) as churned_minor,
        sum(case when kind = 'reactivation' then delta_minor else 0 end) as reactivated_minor,
    from pooled_movement
    where moved_on < $before_on
    group by account_id, cast(date_trunc('month', moved_on) as date)
),

account_month as (
    select
        standing.*,
        boundary.opens_on,
        case
            when standing.pays_at_start = 1 then boundary.opens_on
            else flow.first_paid_on
        end as grouped_on,
        coalesce(flow.new_count, 0) as new_count,
        coalesce(flow.reactivated_count, 0) as reactivated_count,
        coalesce(flow.churned_count, 0) as churned_count,
        coalesce(flow.new_minor, 0) as new_minor,
        coalesce(flow.expansion_minor, 0) as expansion_minor,
        coalesce(flow.contraction_minor, 0) as contraction_minor,
        coalesce(flow.churned_minor, 0) as churned_minor,
        coalesce(flow.reactivated_minor, 0) as reactivated_minor,
    from account_standing as standing
    join boundary
        on  boundary.month = standing.month
    left join account_flow as flow
        on  flow.account_id = standing.account_id
        and flow.month = standing.month
)

select
    group_span.group_value,
    account_month.month,
    cast(sum(pays_at_start) as bigint) as accounts_at_start,
    cast(sum(new_count) as bigint) as accounts_new,
    cast(sum(reactivated_count) as bigint) as accounts_reactivated,
    cast(sum(churned_count) as bigint) as accounts_churned,
    cast(sum(case when new_count > 0 then pays_at_end else 0 end) as bigint) as accounts_won,
    cast(sum(pays_at_start * (1 - pays_at_end)) as bigint) as accounts_lost,
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
    cast(sum(
        case when pays_at_start + pays_at_end > 0 then churned_minor + contraction_minor else 0 end
    ) as bigint) as lost_minor,
    cast(sum(
        case
            when pays_at_start + pays_at_end > 0 then expansion_minor + reactivated_minor
            else 0
        end
    ) as bigint) as regained_minor,
    cast(sum(
        pays_at_start * (start_minor - least(start_minor, end_as_opened_minor))
    ) as bigint) as shortfall_minor,
    cast(sum(pays_at_start * (end_as_opened_minor - start_minor)) as bigint)
        as starters_change_minor,
from account_month
left join group_span
    on  group_span.account_id = account_month.account_id
    and group_span.from_on <= account_month.grouped_on
    and (group_span.until_on is null or group_span.until_on > account_month.grouped_on)
group by group_span.group_value, account_month.month

-- pooled_change: who changed in a month, and what that account pays in each currency around it.
--
-- Grain    one row per (account_id, month, currency) of accounts whose MRR in any currency, or
--          whose group, changed in the month, and that pay in the currency at some time in it
-- Reads    grouped_month, mrr_movement, pooled_movement, group_span, many_currencies
-- Params   $before_on date
-- Columns  account_id     varchar
--          month          date
--          currency       varchar
--          start_minor    bigint   MRR in that currency at the end of the last day before the month
--          end_minor      bigint   and at the end of its last day, or the last before $before_on
--          pays_at_start  bigint   1 if the account pays then in any currency, else 0
--          pays_at_end    bigint
--          group_value    varchar  of the account, at the start, or when it first paid in the month
--          end_group      varchar  at the end
-- Rule     docs/metrics/currencies.md

with

unit_span as (
    select
        movement.account_id,
        movement.currency,
        movement.moved_on as from_on,
        lead(movement.moved_on) over (
            partition by movement.account_id, movement.currency
            order by movement.moved_on
        ) as until_on,
        movement.mrr_after_minor as mrr_minor,
    from mrr_movement as movement
    join many_currencies
        on  many_currencies.account_id = movement.account_id
    where movement.moved_on < $before_on
),

-- The months in which an account's MRR in any currency, or its group, changed.
changed_day as (
    select account_id, from_on as day,
    from unit_span

    union all

    select group_span.account_id, group_span.from_on as day,
    from group_span
    join many_currencies
        on  many_currencies.account_id = group_span.account_id
    where group_span.from_on < $before_on
      and group_span.from_on > date '0001-01-01'
),

changed as (
    select distinct
        account_id,
        cast(date_trunc('month', day) as date) as month,
        least(
            cast(cast(date_trunc('month', day) as date) + interval 1 month as date), $before_on
        ) as closes_before_on,
    from changed_day
),

-- What such an account pays in each currency when the month opens and when it closes.
standing as (
    select
        changed.account_id,
        changed.month,
        changed.closes_before_on,
        unit_span.currency,
        sum(
            case when unit_span.from_on < changed.month then unit_span.mrr_minor else 0 end
        ) as start_minor,
        sum(
            case
                when unit_span.until_on is null or unit_span.until_on >= changed.closes_before_on
                    then unit_span.mrr_minor
                else 0
            end
        ) as end_minor,
    from changed
    join unit_span
        on  unit_span.account_id = changed.account_id
        and unit_span.from_on < changed.closes_before_on
        and (unit_span.until_on is null or unit_span.until_on >= changed.month)
        and unit_span.mrr_minor > 0
    group by changed.account_id, changed.month, changed.closes_before_on, unit_span.currency
),

account_state as (
    select
        account_id,
        month,
        closes_before_on,
        max(case when start_minor > 0 then 1 else 0 end) as pays_at_start,
        max(case when end_minor > 0 then 1 else 0 end) as pays_at_end,
    from standing
    group by account_id, month, closes_before_on
),

first_move as (
    select
        account_id,
        cast(date_trunc('month', moved_on) as date) as month,
        min(moved_on) as moved_on,
    from pooled_movement
    where moved_on < $before_on
    group by account_id, cast(date_trunc('month', moved_on) as date)
),

-- Who opens a month at nothing pays from its first movement on.
grouped as (
    select
        account_state.account_id,
        account_state.month,
        account_state.pays_at_start,
        account_state.pays_at_end,
        opening.group_value,
        closing.group_value as end_group,
    from account_state
    left join first_move
        on  first_move.account_id = account_state.account_id
        and first_move.month = account_state.month
    left join group_span as opening
        on  opening.account_id = account_state.account_id
        and opening.from_on <= case
            when account_state.pays_at_start = 1 then account_state.month - 1
            else first_move.moved_on
        end
        and (
            opening.until_on is null
            or opening.until_on > case
                when account_state.pays_at_start = 1 then account_state.month - 1
                else first_move.moved_on
            end
        )
    left join group_span as closing
        on  closing.account_id = account_state.account_id
        and closing.from_on < account_state.closes_before_on
        and (closing.until_on is null or closing.until_on >= account_state.closes_before_on)
)

select
    standing.account_id,
    standing.month,
    standing.currency,
    standing.start_minor::bigint as start_minor,
    standing.end_minor::bigint as end_minor,
    grouped.pays_at_start::bigint as pays_at_start,
    grouped.pays_at_end::bigint as pays_at_end,
    grouped.group_value,
    grouped.end_group,
from standing
join grouped
    on  grouped.account_id = standing.account_id
    and grouped.month = standing.month

union all

select
    month.account_id,
    month.month,
    month.currency,
    month.start_minor,
    month.end_minor,
    case when month.start_minor > 0 then 1 else 0 end::bigint as pays_at_start,
    case when month.end_minor > 0 then 1 else 0 end::bigint as pays_at_end,
    month.group_value,
    month.end_group,
from grouped_month as month
where not exists (
    select 1
    from many_currencies
    where many_currencies.account_id = month.account_id
)

-- pooled_movement_converted: why the MRR of an account changed, over all its currencies in one.
--
-- Grain    one row per (account_id, moved_on) on which its MRR in any currency changed
-- Reads    mrr_movement, fx_span, many_currencies
-- Params   $into varchar
-- Columns  account_id        varchar
--          currency          varchar  $into
--          moved_on          date
--          kind              varchar  by whether it pays in any currency before and after
--          delta_minor       bigint
--          mrr_before_minor  bigint   at the end of the day before, at the rate of moved_on
--          mrr_after_minor   bigint   at the end of the day, at the same rate
-- Rule     docs/metrics/currencies.md: a movement is valued at the rate of its day

with

-- Movements of an account with one currency are those in that currency, revalued.
plain as (
    select
        movement.account_id,
        movement.moved_on,
        movement.kind,
        cast(coalesce(round(movement.mrr_before_minor * fx_span.factor), 0) as bigint)
            as before_minor,
        cast(coalesce(round(movement.mrr_after_minor * fx_span.factor), 0) as bigint)
            as after_minor,
    from mrr_movement as movement
    left join fx_span
        on  fx_span.currency = movement.currency
        and fx_span.from_on <= movement.moved_on
        and (fx_span.until_on is null or fx_span.until_on > movement.moved_on)
    where not exists (
        select 1
        from many_currencies
        where many_currencies.account_id = movement.account_id
    )
),

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
),

moved as (
    select distinct
        account_id,
        from_on as moved_on,
    from unit_span
),

side as (
    select
        moved.account_id,
        moved.moved_on,
        unit_span.currency,
        0 as before_minor,
        unit_span.mrr_minor as after_minor,
    from moved
    join unit_span
        on  unit_span.account_id = moved.account_id
        and unit_span.from_on <= moved.moved_on
        and (unit_span.until_on is null or unit_span.until_on > moved.moved_on)

    union all

    select
        moved.account_id,
        moved.moved_on,
        unit_span.currency,
        unit_span.mrr_minor as before_minor,
        0 as after_minor,
    from moved
    join unit_span
        on  unit_span.account_id = moved.account_id
        and unit_span.from_on < moved.moved_on
        and (unit_span.until_on is null or unit_span.until_on >= moved.moved_on)
),

valued as (
    select
        side.account_id,
        side.moved_on,
        max(case when side.before_minor > 0 then 1 else 0 end) = 1 as pays_before,
        max(case when side.after_minor > 0 then 1 else 0 end) = 1 as pays_after,
        sum(cast(round(side.before_minor * fx_span.factor) as bigint)) as before_minor,
        sum(cast(round(side.after_minor * fx_span.factor) as bigint)) as after_minor,
    from side
    left join fx_span
        on  fx_span.currency = side.currency
        and fx_span.from_on <= side.moved_on
        and (fx_span.until_on is null or fx_span.until_on > side.moved_on)
    group by side.account_id, side.moved_on
),

ordered as (
    select
        *,
        row_number() over (
            partition by account_id
            order by moved_on
        ) as place,
    from valued
),

pooled as (
    select
        account_id,
        moved_on,
        case
            when not pays_before and place = 1 then 'new'
            when not pays_before               then 'reactivation'
            when not pays_after                then 'churn'
            when after_minor > before_minor    then 'expansion'
            else                                    'contraction'
        end as kind,
        cast(coalesce(before_minor, 0) as bigint) as before_minor,
        cast(coalesce(after_minor, 0) as bigint) as after_minor,
    from ordered

    union all

    select account_id, moved_on, kind, before_minor, after_minor,
    from plain
)

select
    account_id,
    cast($into as varchar) as currency,
    moved_on,
    kind,
    after_minor - before_minor as delta_minor,
    before_minor as mrr_before_minor,
    after_minor as mrr_after_minor,
from pooled
where kind in ('new', 'reactivation', 'churn')
   or after_minor <> before_minor

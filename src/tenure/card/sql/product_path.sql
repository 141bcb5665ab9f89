-- product_path: how far newcomers come on the way to first value, step by step.
--
-- Grain    one row per step
-- Reads    account_card, account_feature, product_step
-- Params   $first_on date, $before_on date
-- Columns  step         bigint
--          step_name    varchar
--          newcomers    bigint   accounts that began in [first_on, before_on)
--          reached      bigint   of these, how many took the step, and all before it
--          median_days  double   from the step before (for the first: from first use) to it
--          stuck        bigint   the step is next and overdue, and they still hold something
--          on_the_way   bigint   the step is next and not overdue
--          gone         bigint   the step would be next, and they hold nothing any more
-- Rule     docs/card-rules.md, "First value"

with

newcomer as (
    select
        account_id,
        coalesce(step_reached, 0) as step_reached,
        coalesce(is_stuck, false) as is_stuck,
        status in ('paying', 'leaving', 'trial', 'free') as holds,
    from account_card
    where began_on >= $first_on
      and began_on < $before_on
),

first_use as (
    select
        account_feature.account_id,
        min(account_feature.first_on) as first_on,
    from account_feature
    join newcomer
        on newcomer.account_id = account_feature.account_id
    group by account_feature.account_id
),

taken as (
    select
        newcomer.account_id,
        product_step.step,
        max(account_feature.first_on) over (
            partition by newcomer.account_id
            order by product_step.step
            rows between unbounded preceding and current row
        ) as taken_on,
    from newcomer
    join product_step
        on product_step.step <= newcomer.step_reached
    join account_feature
        on  account_feature.account_id = newcomer.account_id
        and account_feature.feature = product_step.event
),

waited as (
    select
        taken.step,
        date_diff(
            'day',
            coalesce(
                lag(taken.taken_on) over (partition by taken.account_id order by taken.step),
                first_use.first_on
            )::date,
            taken.taken_on::date
        ) as days,
    from taken
    join first_use
        on first_use.account_id = taken.account_id
),

median_of as (
    select
        step,
        median(days)::double as median_days,
    from waited
    group by step
)

select
    product_step.step,
    product_step.step_name,
    count(newcomer.account_id) as newcomers,
    count(*) filter (where newcomer.step_reached >= product_step.step) as reached,
    min(median_of.median_days) as median_days,
    count(*) filter (
        where newcomer.step_reached = product_step.step - 1 and newcomer.is_stuck
    ) as stuck,
    count(*) filter (
        where newcomer.step_reached = product_step.step - 1
          and not newcomer.is_stuck
          and newcomer.holds
    ) as on_the_way,
    count(*) filter (
        where newcomer.step_reached = product_step.step - 1
          and not newcomer.is_stuck
          and not newcomer.holds
    ) as gone,
from product_step
left join newcomer
    on newcomer.account_id is not null
left join median_of
    on median_of.step = product_step.step
group by product_step.step, product_step.step_name
order by product_step.step

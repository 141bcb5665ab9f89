-- draft_count: how often accounts did each event on a plan, to see where counts pile up at a limit.
--
-- Grain    one row per (plan, event, period, times)
-- Reads    event_day, subscription_period
-- Params   none
-- Columns  plan      varchar
--          event     varchar
--          period    varchar  ever: up to the account's last day on the plan; month: the largest of
--                             its calendar months on it
--          times     bigint
--          accounts  bigint
-- Rule     docs/product.md, "The first draft"

with

on_plan as (
    select
        account_id,
        plan,
        min(starts_on) as starts_on,
        max(coalesce(ends_on, date '9999-12-31')) as ends_on,
    from subscription_period
    where plan is not null
    group by account_id, plan
),

use_month as (
    select
        event_day.account_id,
        on_plan.plan,
        event_day.name as event,
        date_trunc('month', event_day.day)::date as month_on,
        min(event_day.day) >= min(on_plan.starts_on) as is_on_plan,
        sum(event_day.events)::bigint as times,
    from event_day
    join on_plan
        on  on_plan.account_id = event_day.account_id
        and event_day.day < on_plan.ends_on
    where event_day.type = 'track'
      and event_day.name is not null
    group by 1, 2, 3, 4
),

use_account as (
    select
        account_id,
        plan,
        event,
        sum(times)::bigint as ever_times,
        max(case when is_on_plan then times end) as month_times,
    from use_month
    group by account_id, plan, event
)

select
    plan,
    event,
    'ever' as period,
    ever_times as times,
    count(*) as accounts,
from use_account
group by plan, event, ever_times

union all

select
    plan,
    event,
    'month' as period,
    month_times as times,
    count(*) as accounts,
from use_account
where month_times is not null
group by plan, event, month_times

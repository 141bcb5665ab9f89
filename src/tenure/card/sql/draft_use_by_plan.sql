-- draft_use_by_plan: which events accounts did while they were on a plan.
--
-- Grain    one row per (plan, event); event null: any event
-- Reads    event_day, subscription_period
-- Params   none
-- Columns  plan      varchar
--          event     varchar
--          accounts  bigint   different accounts that did it on the plan
-- Rule     The first and the last day on a plan count for neither: what changed at noon is not
--          known by the day.

with

plan_span as (
    select distinct
        account_id,
        plan,
        starts_on,
        ends_on,
    from subscription_period
    where plan is not null
),

use_day as (
    select distinct
        account_id,
        name as event,
        day,
    from event_day
    where type = 'track'
      and name is not null
      and account_id is not null
),

used as (
    select distinct
        plan_span.plan,
        use_day.event,
        use_day.account_id,
    from use_day
    join plan_span
        on  plan_span.account_id = use_day.account_id
        and use_day.day > plan_span.starts_on
        and (plan_span.ends_on is null or use_day.day < plan_span.ends_on)
)

select
    plan,
    event,
    count(*) as accounts,
from used
group by plan, event

union all

select
    plan,
    null as event,
    count(distinct account_id) as accounts,
from used
group by plan

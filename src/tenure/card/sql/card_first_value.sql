-- card_first_value: how far each account has come on the way to first value, and what is next.
--
-- Grain    one row per account with any use, if steps to first value are declared
-- Reads    account_span, account_feature, product_step, held_subscription
-- Params   $today date
-- Columns  account_id           varchar  canonical
--          first_value_on       date     when the last of the steps was taken
--          first_value_days     bigint   from the account's first use until then
--          step_reached         bigint   0 before the first; steps in order, without a gap
--          step_reached_on      date
--          next_step            varchar  name of the one after it
--          next_step_due_on     date     by when it is due
--          is_stuck             boolean  overdue, and the account still holds something
-- Refresh  with the card
-- Rule     docs/card-rules.md, "First value"

with

taken as (
    select
        account_span.account_id,
        account_span.first_on as began_on,
        product_step.step,
        product_step.step_name,
        product_step.within_days,
        account_feature.first_on,
        max(product_step.step) over () as steps,
        count(account_feature.first_on) over path = count(*) over path as is_reached,
        max(account_feature.first_on) over path as reached_on,
    from account_span
    cross join product_step
    left join account_feature
        on  account_feature.account_id = account_span.account_id
        and account_feature.feature = product_step.event
    window path as (
        partition by account_span.account_id
        order by product_step.step
        rows between unbounded preceding and current row
    )
),

reached as (
    select
        account_id,
        min(began_on) as began_on,
        max(steps) as steps,
        coalesce(max(case when is_reached then step end), 0) as step,
        max(case when is_reached then reached_on end) as reached_on,
    from taken
    group by account_id
),

holder as (
    select distinct account_id
    from held_subscription
),

due as (
    select
        reached.account_id,
        reached.began_on,
        reached.steps,
        reached.step,
        reached.reached_on,
        following.step_name,
        (coalesce(reached.reached_on, reached.began_on) + following.within_days::integer)::date
            as due_on,
    from reached
    left join product_step as following
        on following.step = reached.step + 1
)

select
    due.account_id,
    case when due.step = due.steps then due.reached_on end as first_value_on,
    case
        when due.step = due.steps
            then date_diff('day', due.began_on::date, due.reached_on::date)
    end as first_value_days,
    due.step as step_reached,
    due.reached_on as step_reached_on,
    due.step_name as next_step,
    due.due_on as next_step_due_on,
    coalesce(due.due_on < $today and holder.account_id is not null, false) as is_stuck,
from due
left join holder
    on holder.account_id = due.account_id

-- fix_step: when each account came to one step to first value, and when it took it.
--
-- Grain    one row per account with any use
-- Reads    account_person, account_feature, product_step
-- Params   $step varchar
-- Columns  account_id  varchar  canonical
--          came_on     date     when the steps before it were taken (of the first step: its first
--                               use); null while one of them is missing
--          took_on     date     null while it was not taken; never before came_on
-- Rule     docs/reasons.md, "Fixes". Steps are taken in order: one that came early counts from the
--          day on which those before it were done.

with

chosen as (
    select
        step,
        event,
    from product_step
    where step_name = $step
),

began as (
    select
        account_id,
        min(first_on) as began_on,
    from account_person
    group by account_id
),

before_it as (
    select
        began.account_id,
        began.began_on,
        count(product_step.step) as steps,
        count(account_feature.first_on) as taken,
        max(account_feature.first_on) as last_on,
    from began
    cross join chosen
    left join product_step
        on product_step.step < chosen.step
    left join account_feature
        on  account_feature.account_id = began.account_id
        and account_feature.feature = product_step.event
    group by began.account_id, began.began_on
),

came as (
    select
        account_id,
        case
            when steps = 0 then began_on
            when steps = taken then greatest(last_on, began_on)
        end as came_on,
    from before_it
)

select
    came.account_id,
    came.came_on,
    case
        when account_feature.first_on is not null and came.came_on is not null
            then greatest(account_feature.first_on, came.came_on)
    end as took_on,
from came
cross join chosen
left join account_feature
    on  account_feature.account_id = came.account_id
    and account_feature.feature = chosen.event

-- card_terms: since when an account is a customer, on which terms, and when it decides again.
--
-- Grain    one row per account that billing knows
-- Reads    subscription_period, held_subscription, mrr_movement, pause_span, spoken_event
-- Params   $today date
-- Columns  account_id         varchar  canonical
--          customer_since_on  date     first day with MRR, ever
--          plan_since_on      date     since when the dearest subscription has had its plan
--          renews_on          date     first day after today on which it is billed anew
--          trial_ends_on      date     as billing knows, else as `Trial Started` said
--          is_paused          boolean
--          resumes_on         date     when the pause ends, as far as known
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Renewal"

with

known as (
    select distinct account_id
    from subscription_period
),

paid as (
    select
        account_id,
        min(moved_on) as customer_since_on,
    from mrr_movement
    where moved_on <= $today
    group by account_id
),

main as (
    select
        *,
        case
            when coalesce(billing_interval_count, 1) between 1 and 1200
                then coalesce(billing_interval_count, 1)
        end as units,
    from held_subscription
    where place = 1
),

-- How long one interval is: in months, or in days.
step as (
    select
        *,
        units * case billing_interval
            when 'month' then 1
            when 'quarter' then 3
            when 'year' then 12
        end as step_months,
        units * case billing_interval
            when 'day' then 1
            when 'week' then 7
        end as step_days,
        (year($today) * 12 + month($today)) - (year(billed_since_on) * 12 + month(billed_since_on))
            as months_since,
        date_diff('day', billed_since_on::date, $today::date) as days_since,
    from main
    where is_paying
      and not has_notice
),

-- The start of the interval that holds today, or of one that begins later in this month.
due as (
    select
        account_id,
        basis,
        ends_on,
        renewal_said_on,
        billed_since_on,
        step_months,
        (floor(months_since / nullif(step_months, 0))::bigint * step_months) as months_done,
        (billed_since_on + ((floor(days_since / nullif(step_days, 0))::integer + 1) * step_days)
            ::integer)::date as next_by_days_on,
    from step
),

renewal as (
    select
        account_id,
        case
            when renewal_said_on > $today then renewal_said_on
            when basis = 'invoice_line' then ends_on
            when (billed_since_on + months_done * interval 1 month)::date > $today
                then (billed_since_on + months_done * interval 1 month)::date
            when step_months is not null
                then (billed_since_on + (months_done + step_months) * interval 1 month)::date
            else next_by_days_on
        end as renews_on,
    from due
),

-- When a trial ends is said by billing, or by the product when it starts.
trial_said as (
    select
        account_id,
        case
            when properties ->> '$.trial_end_date' like '20__-__-__%'
                then try_cast(substr(properties ->> '$.trial_end_date', 1, 10) as date)
        end as ends_on,
        row_number() over (
            partition by account_id
            order by occurred_at desc, message_id desc
        ) as place,
    from spoken_event
    where kind = 'trial'
      and name = 'Trial Started'
      and account_id is not null
      and day <= $today
),

trial as (
    select
        held_subscription.account_id,
        max(coalesce(held_subscription.ends_on, trial_said.ends_on)) as trial_ends_on,
    from held_subscription
    left join trial_said
        on  trial_said.account_id = held_subscription.account_id
        and trial_said.place = 1
    where held_subscription.status = 'trialing'
    group by held_subscription.account_id
),

pause as (
    select
        pause_span.account_id,
        max(coalesce(pause_span.resumes_on, date '9999-12-31')) as resumes_on,
        count(distinct pause_span.subscription_id) as subscriptions,
    from pause_span
    join held_subscription
        on  held_subscription.account_id = pause_span.account_id
        and held_subscription.source = pause_span.source
        and held_subscription.subscription_id = pause_span.subscription_id
    where pause_span.pauses_on <= $today
      and (pause_span.resumes_on is null or pause_span.resumes_on > $today)
    group by pause_span.account_id
),

holding as (
    select
        account_id,
        count(distinct subscription_id) as subscriptions,
    from held_subscription
    group by account_id
)

select
    known.account_id,
    paid.customer_since_on,
    main.plan_since_on,
    renewal.renews_on,
    trial.trial_ends_on,
    coalesce(pause.subscriptions = holding.subscriptions, false) as is_paused,
    case
        when pause.subscriptions = holding.subscriptions and pause.resumes_on < date '9999-12-31'
            then pause.resumes_on
    end as resumes_on,
from known
left join paid
    on paid.account_id = known.account_id
left join main
    on main.account_id = known.account_id
left join renewal
    on renewal.account_id = known.account_id
left join trial
    on trial.account_id = known.account_id
left join pause
    on pause.account_id = known.account_id
left join holding
    on holding.account_id = known.account_id

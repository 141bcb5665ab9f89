-- card_limits: how near each account is to a limit of its plan, and when it gets there.
--
-- Grain    one row per account that holds a plan with limits
-- Reads    held_subscription, product_limit, account_feature, account_person, event_day,
--          product_day, account_member
-- Params   $today date
-- Columns  account_id       varchar  canonical
--          limit_name       varchar  the one that is used most, as a share
--          limit_used       double
--          limit_at_most    bigint
--          limit_use_share  double
--          limit_full_on    date     when it is reached at the present pace, within a year; today
--                                    when it is
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Limits"

with

limited as (
    select
        held_subscription.account_id,
        product_limit.limit_name,
        product_limit.at_most,
        product_limit.counts,
        product_limit.event,
        product_limit.property,
        coalesce(product_limit.period, 'ever') as period,
        held_subscription.quantity,
    from held_subscription
    join product_limit
        on product_limit.plan = held_subscription.plan
    where held_subscription.place = 1
      and product_limit.at_most > 0
),

-- Events of the last 28 days and of this month, of the events that limits count.
counted as (
    select
        event_day.account_id,
        event_day.name,
        sum(case when event_day.day > $today - 28 then event_day.events else 0 end) as lately,
        sum(case
            when event_day.day >= date_trunc('month', $today)::date then event_day.events
            else 0
        end) as month_so_far,
    from event_day
    where event_day.name in (select event from product_limit where counts = 'events')
      and event_day.account_id is not null
      and event_day.type in ('track', 'page', 'screen', 'passive')
      and event_day.day > $today - 31
      and event_day.day <= $today
    group by event_day.account_id, event_day.name
),

summed as (
    select
        account_id,
        name,
        property,
        sum(total) as ever,
        sum(case when day > $today - 28 then total else 0 end) as lately,
        sum(case when day >= date_trunc('month', $today)::date then total else 0 end)
            as month_so_far,
    from product_day
    where kind = 'value'
      and account_id is not null
      and day <= $today
    group by account_id, name, property
),

latest as (
    select
        account_id,
        name,
        property,
        day,
        last_value,
        row_number() over (
            partition by account_id, name, property
            order by day desc, last_at desc, person_id
        ) as place,
        row_number() over (
            partition by account_id, name, property, day <= $today - 28
            order by day desc, last_at desc, person_id
        ) as place_in_part,
    from product_day
    where kind = 'value'
      and account_id is not null
      and day <= $today
),

last_value as (
    select
        account_id,
        name,
        property,
        max(case when place = 1 then last_value end) as now,
        max(case when day <= $today - 28 and place_in_part = 1 then last_value end) as before,
    from latest
    group by account_id, name, property
),

member as (
    select
        account_member.account_id,
        count(*) as people,
        count(*) filter (where account_person.first_on > $today - 28) as people_lately,
    from account_member
    left join account_person
        on  account_person.account_id = account_member.account_id
        and account_person.person_id = account_member.person_id
    where account_member.is_member
      and account_member.account_id in (select account_id from limited where counts = 'people')
    group by account_member.account_id
),

measured as (
    select
        limited.account_id,
        limited.limit_name,
        limited.at_most,
        limited.counts,
        limited.period,
        case
            when limited.counts = 'events' and limited.period = 'month'
                then coalesce(counted.month_so_far, 0)
            when limited.counts = 'events' then coalesce(account_feature.events, 0)
            when limited.counts = 'sum' and limited.period = 'month'
                then coalesce(summed.month_so_far, 0)
            when limited.counts = 'sum' then coalesce(summed.ever, 0)
            when limited.counts = 'value' then last_value.now
            when limited.counts = 'people' then coalesce(member.people, 0)
            when limited.counts = 'seats' then limited.quantity
        end::double as used,
        case
            when limited.counts = 'events' and limited.period = 'month'
                then coalesce(counted.month_so_far, 0) * 1.0 / nullif(day($today), 0)
            when limited.counts = 'events' then coalesce(counted.lately, 0) / 28.0
            when limited.counts = 'sum' and limited.period = 'month'
                then coalesce(summed.month_so_far, 0) * 1.0 / nullif(day($today), 0)
            when limited.counts = 'sum' then coalesce(summed.lately, 0) / 28.0
            when limited.counts = 'value'
                then (last_value.now - coalesce(last_value.before, 0)) / 28.0
            when limited.counts = 'people' then coalesce(member.people_lately, 0) / 28.0
        end::double as pace,
    from limited
    left join account_feature
        on  account_feature.account_id = limited.account_id
        and account_feature.feature = limited.event
    left join counted
        on  counted.account_id = limited.account_id
        and counted.name = limited.event
    left join summed
        on  summed.account_id = limited.account_id
        and summed.name = limited.event
        and summed.property = limited.property
    left join last_value
        on  last_value.account_id = limited.account_id
        and last_value.name = limited.event
        and last_value.property = limited.property
    left join member
        on member.account_id = limited.account_id
),

paced as (
    select
        *,
        used / nullif(at_most, 0) as share,
        case
            when used >= at_most then 0
            when pace > 0 and (at_most - used) / nullif(pace, 0) <= 365
                then ceil((at_most - used) / nullif(pace, 0))::bigint
        end as days_left,
    from measured
    where used is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by account_id
            order by share desc, coalesce(days_left, 9999), limit_name
        ) as place,
    from paced
)

select
    account_id,
    limit_name,
    used as limit_used,
    at_most as limit_at_most,
    share::double as limit_use_share,
    case
        when period = 'month'
            and $today + days_left::integer > last_day($today) then null
        else ($today + days_left::integer)::date
    end as limit_full_on,
from ranked
where place = 1

-- outcome_reached: when the events that show a declared outcome had all come, for the first time.
--
-- Grain    one row per (account_id, outcome) that was ever reached
-- Reads    event_day, product_outcome
-- Params   none
-- Columns  account_id  varchar  canonical
--          outcome     varchar
--          reached_on  date     first day on which each of its events lay in the last `within_days`
-- Refresh  by account
-- First    reached_on, back product_outcome.within_days
-- Rule     docs/card-rules.md, "Required outcome". Each event holds its outcome up from its day for
--          `within_days`; the outcome is reached when all of them do.

with

asked as (
    select
        outcome,
        event,
        within_days,
        count(*) over (partition by outcome) as asked_events,
    from product_outcome
),

-- Whatever is asked of it, an event's own days are put in order once.
seen as (
    select
        event_day.account_id,
        event_day.name,
        event_day.day,
    from event_day
    where event_day.account_id is not null
      and event_day.type in ('track', 'page', 'screen', 'passive')
      and event_day.name in (select event from product_outcome)
    group by event_day.account_id, event_day.name, event_day.day
),

placed as (
    select
        *,
        lag(day) over (partition by account_id, name order by day) as before_on,
        lead(day) over (partition by account_id, name order by day) as next_on,
    from seen
),

-- Where a stretch that holds an outcome up begins, and where it ends: most days do neither.
edge as (
    select placed.account_id, asked.outcome, asked.asked_events, placed.day, 1 as step,
    from placed
    join asked
        on asked.event = placed.name
    where placed.before_on is null
       or placed.before_on + asked.within_days::integer < placed.day

    union all

    select
        placed.account_id,
        asked.outcome,
        asked.asked_events,
        placed.day + asked.within_days::integer as day,
        -1 as step,
    from placed
    join asked
        on asked.event = placed.name
    where placed.next_on is null
       or placed.day + asked.within_days::integer < placed.next_on
),

net as (
    select
        account_id,
        outcome,
        asked_events,
        day,
        sum(step) as step,
    from edge
    group by account_id, outcome, asked_events, day
),

standing as (
    select
        account_id,
        outcome,
        asked_events,
        day,
        sum(step) over (
            partition by account_id, outcome
            order by day
            rows between unbounded preceding and current row
        ) as standing_events,
    from net
)

select
    account_id,
    outcome,
    min(day) as reached_on,
from standing
where standing_events = asked_events
group by account_id, outcome

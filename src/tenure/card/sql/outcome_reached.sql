-- outcome_reached: when the events that show a declared outcome had all come, for the first time.
--
-- Grain    one row per (account_id, outcome) that was ever reached
-- Reads    event_day, product_outcome
-- Params   none
-- Columns  account_id  varchar  canonical
--          outcome     varchar
--          reached_on  date     first day on which each of its events lay in the last `within_days`
-- Refresh  by account
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

seen as (
    select distinct
        event_day.account_id,
        asked.outcome,
        asked.event,
        asked.asked_events,
        asked.within_days,
        event_day.day,
    from event_day
    join asked
        on asked.event = event_day.name
    where event_day.account_id is not null
      and event_day.type in ('track', 'page', 'screen', 'passive')
),

held_up as (
    select
        account_id,
        outcome,
        asked_events,
        day as from_on,
        least(
            lead(day) over (partition by account_id, outcome, event order by day),
            day + within_days::integer
        ) as until_on,
    from seen
),

edge as (
    select account_id, outcome, asked_events, from_on as day, 1 as step,
    from held_up

    union all

    select account_id, outcome, asked_events, until_on as day, -1 as step,
    from held_up
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

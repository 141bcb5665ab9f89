-- feature_use: how often one account used each feature, week by week or month by month.
--
-- Grain    one row per (name, starts_on) with use
-- Reads    event_day
-- Params   $account_id varchar, $first_on date, $before_on date, $by varchar    (week | month)
-- Columns  name       varchar  of the event
--          starts_on  date     Monday of the week, or first of the month
--          events     bigint
--          people     bigint   different people who did it, unknown ones too
-- Rule     A feature is the name of a track event. Weeks are cut at both ends of the span.

with

used as (
    select
        name,
        case
            when $by = 'month' then date_trunc('month', day)::date
            else date_trunc('week', day)::date
        end as starts_on,
        events,
        person_id,
    from event_day
    where account_id = $account_id
      and type = 'track'
      and name is not null
      and day >= $first_on
      and day < $before_on
)

select
    name,
    starts_on,
    sum(events)::bigint as events,
    count(distinct person_id) as people,
from used
group by name, starts_on
order by name, starts_on

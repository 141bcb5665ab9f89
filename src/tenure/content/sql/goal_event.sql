-- goal_event: who did an event so often in so many days, and on which day first.
--
-- Grain    one row per account or person that ever did
-- Reads    event_day
-- Params   $event varchar, $times bigint, $within_days integer, $is_person boolean
-- Columns  subject_id  varchar  canonical; of an account, or of a person
--          account_id  varchar  of that day; null of a person who was in none
--          reached_on  date     first day at whose end it was so often in the last within_days
-- Rule     docs/content.md, "Goals"

with

done as (
    select
        case when $is_person then person_id else account_id end as subject_id,
        day,
        min(account_id) as account_id,
        sum(events) as events,
    from event_day
    where name = $event
      and type in ('track', 'page', 'screen', 'passive', 'system')
    group by case when $is_person then person_id else account_id end, day
),

-- What was done leaves the span again so many days later: one pass, however long the span is.
moved as (
    select
        subject_id,
        day,
        account_id,
        events,
    from done
    where subject_id is not null
    union all
    select
        subject_id,
        (day + $within_days::integer)::date as day,
        null as account_id,
        -events as events,
    from done
    where subject_id is not null
),

settled as (
    select
        subject_id,
        day,
        min(account_id) as account_id,
        sum(events) as events,
    from moved
    group by subject_id, day
),

lately as (
    select
        subject_id,
        account_id,
        day,
        sum(events) over (
            partition by subject_id
            order by day
            rows between unbounded preceding and current row
        ) as events,
    from settled
),

numbered as (
    select
        subject_id,
        account_id,
        day,
        row_number() over (partition by subject_id order by day) as place,
    from lately
    where events >= $times
)

select
    subject_id,
    account_id,
    day as reached_on,
from numbered
where place = 1

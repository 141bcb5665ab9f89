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

lately as (
    select
        done.subject_id,
        done.day,
        min(done.account_id) as account_id,
        sum(before.events) as events,
    from done
    join done as before
        on  before.subject_id = done.subject_id
        and before.day <= done.day
        and before.day > done.day - $within_days::integer
    where done.subject_id is not null
    group by done.subject_id, done.day
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

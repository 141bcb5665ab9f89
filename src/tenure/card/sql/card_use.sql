-- card_use: how much each account used the product lately, and when it was last seen.
--
-- Grain    one row per account in which somebody ever used something
-- Reads    account_day, account_person, account_person_day
-- Params   $today date, $time_zone varchar
-- Columns  account_id             varchar      canonical
--          people_active_30_days  bigint       identified, in the last 30 days, today included
--          events_30_days         bigint       track, page and screen
--          last_seen_at           timestamptz  last track, page or screen
--          last_seen_on           date
-- Refresh  with the card
-- Rule     Use is track, page and screen. A window of n days holds today and the n - 1 before it.

with

person as (
    select
        account_id,
        count(distinct person_id) as people_active_30_days,
    from account_person_day
    where not starts_with(person_id, 'anon:')
      and day > ($today::date - interval 30 day)::date
    group by account_id
),

counted as (
    select
        account_id,
        sum(events)::bigint as events_30_days,
    from account_day
    where day > ($today::date - interval 30 day)::date
    group by account_id
),

ever as (
    select
        account_id,
        max(last_at) as last_seen_at,
    from account_person
    group by account_id
)

select
    ever.account_id,
    coalesce(person.people_active_30_days, 0) as people_active_30_days,
    coalesce(counted.events_30_days, 0) as events_30_days,
    ever.last_seen_at,
    (ever.last_seen_at at time zone $time_zone)::date as last_seen_on,
from ever
left join person
    on person.account_id = ever.account_id
left join counted
    on counted.account_id = ever.account_id

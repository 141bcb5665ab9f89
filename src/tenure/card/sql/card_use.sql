-- card_use: how much each account used the product lately, and when it was last seen.
--
-- Grain    one row per account in which somebody ever used something
-- Reads    account_day, account_span, person_lately
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
        count(*) as people_active_30_days,
    from person_lately
    where is_identified
      and last_on > ($today::date - interval 30 day)::date
    group by account_id
),

counted as (
    select
        account_id,
        sum(events)::bigint as events_30_days,
    from account_day
    where day > ($today::date - interval 30 day)::date
    group by account_id
)

select
    account_span.account_id,
    coalesce(person.people_active_30_days, 0) as people_active_30_days,
    coalesce(counted.events_30_days, 0) as events_30_days,
    account_span.last_at as last_seen_at,
    (account_span.last_at at time zone $time_zone)::date as last_seen_on,
from account_span
left join person
    on person.account_id = account_span.account_id
left join counted
    on counted.account_id = account_span.account_id

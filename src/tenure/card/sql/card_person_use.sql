-- card_person_use: how much each person used the product, in all their accounts.
--
-- Grain    one row per person who ever used something
-- Reads    account_person, event_day
-- Params   $today date
-- Columns  person_id            varchar      canonical
--          first_seen_on        date
--          last_seen_on         date
--          last_seen_at         timestamptz  last track, page or screen
--          active_days_30_days  bigint       days with any use, of the last 30, today included
--          events_30_days       bigint
--          accounts_used        bigint       accounts in which they ever used something
-- Refresh  with the card
-- Rule     Use is track, page and screen. A window of n days holds today and the n - 1 before it.

with

lately as (
    select
        person_id,
        count(distinct day) as active_days_30_days,
        sum(events)::bigint as events_30_days,
    from event_day
    where person_id is not null
      and type in ('track', 'page', 'screen')
      and day > ($today::date - interval 30 day)::date
      and day <= $today
    group by person_id
),

ever as (
    select
        person_id,
        min(first_on) as first_seen_on,
        max(last_on) as last_seen_on,
        max(last_at) as last_seen_at,
        count(distinct account_id) as accounts_used,
    from account_person
    where person_id is not null
    group by person_id
)

select
    ever.person_id,
    ever.first_seen_on,
    ever.last_seen_on,
    ever.last_seen_at,
    coalesce(lately.active_days_30_days, 0) as active_days_30_days,
    coalesce(lately.events_30_days, 0) as events_30_days,
    ever.accounts_used,
from ever
left join lately
    on lately.person_id = ever.person_id

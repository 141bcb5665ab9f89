-- account_person_day: on which of the last 120 days each person used the product, by account.
--
-- Grain    one row per (account_id, person_id, day)
-- Reads    event_day
-- Params   $today date
-- Columns  account_id  varchar  canonical
--          person_id   varchar  canonical; `anon:` and the anonymous id while unknown; null for
--                               what names nobody
--          day         date     in the company's time zone, today included
--          events      bigint
-- Refresh  with the card
-- Rule     Use is track, page and screen. Counted once for all topics that look back over people.

select
    account_id,
    person_id,
    day,
    sum(events)::bigint as events,
from event_day
where account_id is not null
  and type in ('track', 'page', 'screen')
  and day > $today - 120
  and day <= $today
group by account_id, person_id, day

-- account_person_day: on which days each person used the product, by account.
--
-- Grain    one row per (account_id, person_id, day)
-- Reads    event_day
-- Params   none
-- Columns  account_id  varchar  canonical
--          person_id   varchar  canonical; `anon:` and the anonymous id while unknown; null for
--                               what names nobody
--          day         date     in the company's time zone
--          events      bigint
-- Refresh  by day
-- Rule     Use is track, page and screen. A third of the rows of event_day, for all that looks
--          back over people.

select
    account_id,
    person_id,
    day,
    sum(events)::bigint as events,
from event_day
where account_id is not null
  and type in ('track', 'page', 'screen')
group by account_id, person_id, day

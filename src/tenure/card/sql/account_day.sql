-- account_day: on which days of the last 180 each account used the product, and how much.
--
-- Grain    one row per (account_id, day)
-- Reads    event_day
-- Params   $today date
-- Columns  account_id  varchar  canonical
--          day         date     in the company's time zone, today included
--          events      bigint
-- Refresh  with the card
-- Rule     Use is track, page and screen. Counted once for all topics that look back over days.

select
    account_id,
    day,
    sum(events)::bigint as events,
from event_day
where account_id is not null
  and type in ('track', 'page', 'screen')
  and day > $today - 180
  and day <= $today
group by account_id, day

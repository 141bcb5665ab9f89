-- account_day: on which days of the last 180 each account used the product, and how much.
--
-- Grain    one row per (account_id, day)
-- Reads    use_day
-- Params   $today date
-- Columns  account_id  varchar  canonical
--          day         date     in the company's time zone, today included
--          events      bigint
-- Refresh  with the card
-- Rule     Use is track, page and screen. What all topics that look back over days read.

select
    account_id,
    day,
    events,
from use_day
where day > $today - 180
  and day <= $today

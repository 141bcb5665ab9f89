-- use_day: on which days each account used the product, and how much.
--
-- Grain    one row per (account_id, day)
-- Reads    event_day
-- Params   none
-- Columns  account_id  varchar  canonical
--          day         date     in the company's time zone
--          events      bigint
-- Refresh  by day
-- Rule     Use is track, page and screen.

select
    account_id,
    day,
    sum(events)::bigint as events,
from event_day
where account_id is not null
  and type in ('track', 'page', 'screen')
group by account_id, day

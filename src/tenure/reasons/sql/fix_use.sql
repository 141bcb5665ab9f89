-- fix_use: which accounts did one of some events since a day, and when first.
--
-- Grain    one row per account that did
-- Reads    event_day
-- Params   $names varchar[], $since_on date
-- Columns  account_id  varchar  canonical
--          first_on    date     not before since_on
--          last_on     date
--          use_days    bigint   days with any of them
-- Rule     docs/reasons.md, "Fixes": what a program did for them, while nobody was there, is use as
--          well.

select
    account_id,
    min(day) as first_on,
    max(day) as last_on,
    count(distinct day) as use_days,
from event_day
where account_id is not null
  and type in ('track', 'page', 'screen', 'passive')
  and name in (select unnest($names))
  and day >= $since_on
group by account_id

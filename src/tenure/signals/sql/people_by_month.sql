-- people_by_month: how many people of an account did anything in a month.
--
-- Grain    one row per (account_id, month) with at least one person
-- Reads    event_day
-- Params   $before_on date
-- Columns  account_id  varchar
--          month       date    its first day
--          people      bigint
-- Rule     Whoever is unknown counts as somebody.

select
    account_id,
    date_trunc('month', day)::date as month,
    count(distinct person_id) as people,
from event_day
where account_id is not null
  and person_id is not null
  and type in ('track', 'page', 'screen')
  and day < $before_on
group by 1, 2
order by 1, 2

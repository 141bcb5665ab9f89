-- person_day: on which days some people were there, and in which account.
--
-- Grain    one row per (user_id, account_key, day)
-- Reads    event
-- Params   $user_ids varchar[], $time_zone varchar
-- Columns  user_id      varchar      as sent
--          account_key  varchar      as sent; null when the events name none
--          day          date         in the company's time zone
-- Rule     docs/signals.md: person_at_new_company

select distinct
    user_id,
    account_key,
    (occurred_at at time zone $time_zone)::date as day,
from event
where type in ('track', 'page', 'screen')
  and user_id in (select unnest($user_ids))

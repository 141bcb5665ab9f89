-- person_lately: how each person used the product for each account in the windows that topics ask.
--
-- Grain    one row per (account_id, person_id) with any use in the last 120 days
-- Reads    account_person_day
-- Params   $today date
-- Columns  account_id      varchar  canonical
--          person_id       varchar  canonical; null for what names nobody
--          is_identified   boolean  null for what names nobody
--          last_on         date
--          active_days_90  bigint   days with any use in the last 90
--          events_90       bigint   null without any
--          week_0          integer  1: seen since Monday
--          week_1          integer  1: seen in the week before, and so on
--          week_2          integer
--          week_3          integer
--          week_4          integer
--          span_0          integer  1: seen in the last 28 days
--          span_1          integer  1: seen in the 28 days before, and so on
--          span_2          integer
--          span_3          integer
-- Refresh  with the card
-- Rule     Use is track, page and screen. A window of n days holds today and the n - 1 before it;
--          weeks begin on Monday. A person counts once, whatever they did on how many days, and one
--          row for each of them is quicker to count than the days of all.

select
    account_id,
    person_id,
    not starts_with(person_id, 'anon:') as is_identified,
    max(day) as last_on,
    count(*) filter (where day > $today - 90) as active_days_90,
    (sum(events) filter (where day > $today - 90))::bigint as events_90,
    max(case when day >= date_trunc('week', $today)::date then 1 else 0 end) as week_0,
    max(case
        when day >= date_trunc('week', $today - 7)::date
            and day < date_trunc('week', $today)::date then 1
        else 0
    end) as week_1,
    max(case
        when day >= date_trunc('week', $today - 14)::date
            and day < date_trunc('week', $today - 7)::date then 1
        else 0
    end) as week_2,
    max(case
        when day >= date_trunc('week', $today - 21)::date
            and day < date_trunc('week', $today - 14)::date then 1
        else 0
    end) as week_3,
    max(case
        when day >= date_trunc('week', $today - 28)::date
            and day < date_trunc('week', $today - 21)::date then 1
        else 0
    end) as week_4,
    max(case when day > $today - 28 then 1 else 0 end) as span_0,
    max(case when day > $today - 56 and day <= $today - 28 then 1 else 0 end) as span_1,
    max(case when day > $today - 84 and day <= $today - 56 then 1 else 0 end) as span_2,
    max(case when day > $today - 112 and day <= $today - 84 then 1 else 0 end) as span_3,
from account_person_day
where day > $today - 120
  and day <= $today
group by account_id, person_id

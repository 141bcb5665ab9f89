-- feature_lately: how many different events each account did in the last four spans of 28 days.
--
-- Grain    one row per account with any use that has a name in the last 112 days
-- Reads    event_day
-- Params   $today date
-- Columns  account_id  varchar  canonical
--          span_0      bigint   names of events in the last 28 days
--          span_1      bigint   in the 28 days before, and so on
--          span_2      bigint
--          span_3      bigint
-- Refresh  with the card
-- Rule     Use is track, page and screen.

with

name_span as (
    select
        account_id,
        max(case when day > $today - 28 then 1 else 0 end) as span_0,
        max(case when day > $today - 56 and day <= $today - 28 then 1 else 0 end) as span_1,
        max(case when day > $today - 84 and day <= $today - 56 then 1 else 0 end) as span_2,
        max(case when day <= $today - 84 then 1 else 0 end) as span_3,
    from event_day
    where account_id is not null
      and name is not null
      and type in ('track', 'page', 'screen')
      and day > $today - 112
      and day <= $today
    group by account_id, name
)

select
    account_id,
    sum(span_0)::bigint as span_0,
    sum(span_1)::bigint as span_1,
    sum(span_2)::bigint as span_2,
    sum(span_3)::bigint as span_3,
from name_span
group by account_id

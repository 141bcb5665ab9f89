-- account_person: who ever used the product for which account, and from when until when.
--
-- Grain    one row per (account_id, person_id)
-- Reads    event_day
-- Params   none
-- Columns  account_id   varchar      canonical
--          person_id    varchar      canonical; `anon:` and the anonymous id while unknown; null
--                                    for what names nobody
--          first_on     date         in the company's time zone
--          last_on      date
--          last_at      timestamptz
--          active_days  bigint       days with any use
--          events       bigint
-- Refresh  by account
-- Merge    first_on min, last_on max, last_at max, active_days sum, events sum
-- Rule     Use is track, page and screen.

select
    account_id,
    person_id,
    min(day) as first_on,
    max(day) as last_on,
    max(last_at) as last_at,
    count(distinct day) as active_days,
    sum(events)::bigint as events,
from event_day
where account_id is not null
  and type in ('track', 'page', 'screen')
group by account_id, person_id

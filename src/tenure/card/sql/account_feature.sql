-- account_feature: which named events an account ever did, since when and until when.
--
-- Grain    one row per (account_id, feature)
-- Reads    event_day
-- Params   none
-- Columns  account_id  varchar      canonical
--          feature     varchar      the event's name; what of them is a feature: product_feature
--          first_on    date         in the company's time zone
--          first_at    timestamptz
--          last_on     date
--          events      bigint
-- Refresh  by account
-- Merge    first_on min, first_at min, last_on max, events sum
-- Rule     track, page and screen, by name; what has no name is left out. What a program did for
--          them, while nobody was there, is use of a feature, though not of a person.

select
    account_id,
    name as feature,
    min(day) as first_on,
    min(first_at) as first_at,
    max(day) as last_on,
    sum(events)::bigint as events,
from event_day
where account_id is not null
  and name is not null
  and type in ('track', 'page', 'screen', 'passive')
group by account_id, name

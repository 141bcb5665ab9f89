-- names_seen: which events and plans were ever named.
--
-- Grain    one row per (kind, name)
-- Reads    event_day, subscription_period
-- Params   none
-- Columns  kind  varchar  event | plan
--          name  varchar
-- Rule     Events of people: track, page and screen. Plans of any subscription, paying or not.

with

named as (
    select
        'event' as kind,
        name,
    from event_day
    where type in ('track', 'page', 'screen')

    union

    select
        'plan' as kind,
        plan as name,
    from subscription_period
)

select
    kind,
    name,
from named
where name is not null
order by kind, name

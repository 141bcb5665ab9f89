-- product_feature_account: which accounts use one feature, and which hold it and do not.
--
-- Grain    one row per account_id that uses the feature or holds a plan with it
-- Reads    event_day, account_card, product_feature, product_entitlement
-- Params   $feature varchar, $first_on date, $before_on date
-- Columns  account_id  varchar
--          people      bigint   identified ones that used it in [first_on, before_on)
--          events      bigint
--          last_on     date     in the span
--          holds       boolean  its plan has the feature now
-- Rule     As product_feature_use, account by account.

with

named as (
    select event
    from product_feature
    where feature = $feature

    union

    select $feature as event
    where not exists (select 1 from product_feature)
),

used as (
    select
        event_day.account_id,
        count(distinct case when not starts_with(event_day.person_id, 'anon:')
            then event_day.person_id end) as people,
        sum(event_day.events)::bigint as events,
        max(event_day.day) as last_on,
    from event_day
    join named
        on named.event = event_day.name
    where event_day.account_id is not null
      and event_day.type in ('track', 'page', 'screen')
      and event_day.day >= $first_on
      and event_day.day < $before_on
    group by event_day.account_id
),

holder as (
    select account_card.account_id
    from account_card
    join product_entitlement
        on  product_entitlement.plan = account_card.plan
        and product_entitlement.feature = $feature
    where account_card.status in ('paying', 'leaving', 'trial', 'free')
)

select
    coalesce(used.account_id, holder.account_id) as account_id,
    coalesce(used.people, 0) as people,
    coalesce(used.events, 0) as events,
    used.last_on,
    holder.account_id is not null as holds,
from used
full join holder
    on holder.account_id = used.account_id
order by events desc, account_id

-- card_depth: how deep in an account the product reaches, and to how many of its own customers.
--
-- Grain    one row per known account
-- Reads    account_known, card_people, card_price, event_day, product_day, product_feature,
--          product_reach
-- Params   $today date
-- Columns  account_id                          varchar  canonical
--          seats_active_share                  double   people of 28 days ÷ seats
--          people_deep_28_days                 bigint   who used at least two features that set the
--                                                       product or its plan apart
--          people_deep_share                   double   of people active in 28 days
--          customers_reached_28_days           bigint   of the account's own customers
--          customers_reached_90_days           bigint
--          people_active_per_100_mrr           double   per 100 units of money a month
--          people_deep_per_100_mrr             double
--          customers_reached_per_100_mrr       double
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Depth"

with

apart as (
    select distinct
        feature,
        event,
    from product_feature
    where sets_apart_product
       or sets_apart_plan
),

person as (
    select
        event_day.account_id,
        event_day.person_id,
        count(distinct apart.feature) as features,
    from event_day
    join apart
        on apart.event = event_day.name
    where event_day.account_id is not null
      and event_day.person_id is not null
      and not starts_with(event_day.person_id, 'anon:')
      and event_day.type in ('track', 'page', 'screen')
      and event_day.day > $today - 28
      and event_day.day <= $today
    group by event_day.account_id, event_day.person_id
),

deep as (
    select
        account_id,
        count(*) as people,
    from person
    where features >= 2
    group by account_id
),

reach as (
    select
        event_day.account_id,
        event_day.day,
        event_day.events * 1.0 as customers,
    from event_day
    join product_reach
        on product_reach.event = event_day.name
    where product_reach.property is null
      and event_day.type in ('track', 'page', 'screen', 'passive')
      and event_day.day > $today - 90
      and event_day.day <= $today

    union all

    select
        product_day.account_id,
        product_day.day,
        product_day.total as customers,
    from product_day
    join product_reach
        on  product_reach.event = product_day.name
        and product_reach.property = product_day.property
    where product_day.kind = 'value'
      and product_day.day > $today - 90
      and product_day.day <= $today
),

reached as (
    select
        account_id,
        round(least(
            greatest(sum(case when day > $today - 28 then customers else 0 end), 0), 9e15
        ))::bigint as lately,
        round(least(greatest(sum(customers), 0), 9e15))::bigint as quarter,
    from reach
    where account_id is not null
    group by account_id
),

asked as (
    select
        (select count(*) from product_reach) > 0 as reach,
        (select count(*) from apart) > 0 as apart,
)

select
    account_known.account_id,
    (coalesce(card_people.people_active_28_days, 0) * 1.0 / nullif(card_price.seats, 0))::double
        as seats_active_share,
    case when asked.apart then coalesce(deep.people, 0) end as people_deep_28_days,
    case
        when asked.apart
            then coalesce(deep.people, 0) * 1.0 / nullif(card_people.people_active_28_days, 0)
    end::double as people_deep_share,
    case when asked.reach then coalesce(reached.lately, 0) end as customers_reached_28_days,
    case when asked.reach then coalesce(reached.quarter, 0) end as customers_reached_90_days,
    (coalesce(card_people.people_active_28_days, 0) / nullif(card_price.mrr_hundreds, 0))::double
        as people_active_per_100_mrr,
    case
        when asked.apart then coalesce(deep.people, 0) / nullif(card_price.mrr_hundreds, 0)
    end::double as people_deep_per_100_mrr,
    case
        when asked.reach then coalesce(reached.lately, 0) / nullif(card_price.mrr_hundreds, 0)
    end::double as customers_reached_per_100_mrr,
from account_known
cross join asked
left join card_people
    on card_people.account_id = account_known.account_id
left join card_price
    on card_price.account_id = account_known.account_id
left join deep
    on deep.account_id = account_known.account_id
left join reached
    on reached.account_id = account_known.account_id

-- product_feature_use: how many accounts and people use each feature.
--
-- Grain    one row per feature; per name of a track event where no feature is declared
-- Reads    event_day, account_card, product_feature, product_entitlement
-- Params   $first_on date, $before_on date
-- Columns  feature        varchar
--          accounts       bigint   that used it in [first_on, before_on)
--          people         bigint   identified ones
--          events         bigint
--          holders        bigint   accounts whose plan has it now; null where no plan has any
--          holders_using  bigint   of these, how many used it
-- Rule     docs/product.md, "The page". An account holds its plan while it pays, leaves, is on
--          trial or has it free.

with

named as (
    select
        feature,
        event,
    from product_feature

    union

    select
        name as feature,
        name as event,
    from event_day
    where type = 'track'
      and name is not null
      and not exists (select 1 from product_feature)
),

used as (
    select
        named.feature,
        event_day.account_id,
        event_day.person_id,
        sum(event_day.events)::bigint as events,
    from event_day
    join named
        on named.event = event_day.name
    where event_day.type in ('track', 'page', 'screen')
      and event_day.day >= $first_on
      and event_day.day < $before_on
    group by 1, 2, 3
),

summed as (
    select
        feature,
        count(distinct account_id) as accounts,
        count(distinct case when not starts_with(person_id, 'anon:') then person_id end) as people,
        sum(events)::bigint as events,
    from used
    group by feature
),

holder as (
    select
        product_entitlement.feature,
        account_card.account_id,
    from account_card
    join product_entitlement
        on product_entitlement.plan = account_card.plan
    where account_card.status in ('paying', 'leaving', 'trial', 'free')
),

using_account as (
    select distinct
        feature,
        account_id,
    from used
    where account_id is not null
),

held as (
    select
        holder.feature,
        count(*) as holders,
        count(using_account.account_id) as holders_using,
    from holder
    left join using_account
        on  using_account.feature = holder.feature
        and using_account.account_id = holder.account_id
    group by holder.feature
),

feature as (
    select distinct feature
    from named
)

select
    feature.feature,
    coalesce(summed.accounts, 0) as accounts,
    coalesce(summed.people, 0) as people,
    coalesce(summed.events, 0) as events,
    case
        when exists (select 1 from product_entitlement) then coalesce(held.holders, 0)
    end as holders,
    case
        when exists (select 1 from product_entitlement) then coalesce(held.holders_using, 0)
    end as holders_using,
from feature
left join summed
    on summed.feature = feature.feature
left join held
    on held.feature = feature.feature
order by accounts desc, people desc, feature

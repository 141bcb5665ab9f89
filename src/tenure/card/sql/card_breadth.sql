-- card_breadth: how many of the features that it may use an account does use.
--
-- Grain    one row per known account
-- Reads    account_known, account_feature, held_subscription, card_price, product_feature,
--          product_entitlement
-- Params   $today date
-- Columns  account_id                         varchar    canonical
--          features_used_28_days              bigint     declared ones; all names where none is
--          features_entitled                  bigint     that its plan contains
--          breadth_share                      double     of those, used in 28 days
--          product_features_entitled          bigint     that set the product apart from rivals
--          product_features_used_28_days      bigint
--          product_breadth_share              double
--          plan_features_entitled             bigint     that set the plan apart from cheaper ones
--          plan_features_used_28_days         bigint
--          plan_breadth_share                 double
--          product_features_used_per_100_mrr  double     per 100 units of money a month
--          plan_features_used_per_100_mrr     double
--          paid_features_unused               varchar[]  by name, in order
--          paid_features_unused_count         bigint
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Breadth"

with

feature as (
    select
        feature,
        bool_or(sets_apart_product) as sets_apart_product,
        bool_or(sets_apart_plan) as sets_apart_plan,
    from product_feature
    group by feature
),

-- A feature that no plan is named for is in every plan.
free_for_all as (
    select feature
    from feature
    where feature not in (select feature from product_entitlement)
),

holder as (
    select
        account_id,
        plan,
        is_paying,
        plan_since_on,
    from held_subscription
    where plan is not null
),

entitled as (
    select
        holder.account_id,
        product_entitlement.feature,
        bool_or(holder.is_paying) as is_paid,
        min(holder.plan_since_on) as since_on,
    from holder
    join product_entitlement
        on product_entitlement.plan = holder.plan
    group by holder.account_id, product_entitlement.feature

    union all

    select
        holder.account_id,
        free_for_all.feature,
        bool_or(holder.is_paying) as is_paid,
        min(holder.plan_since_on) as since_on,
    from holder
    cross join free_for_all
    group by holder.account_id, free_for_all.feature
),

used as (
    select
        account_feature.account_id,
        product_feature.feature,
        max(account_feature.last_on) as last_on,
    from account_feature
    join product_feature
        on product_feature.event = account_feature.feature
    group by account_feature.account_id, product_feature.feature
),

used_lately as (
    select
        account_id,
        count(*) as features,
    from (
        select account_id, feature, last_on,
        from used

        union all

        select account_id, feature, last_on,
        from account_feature
        where not exists (select 1 from product_feature)
    ) as named
    where last_on > $today - 28
    group by account_id
),

told as (
    select
        entitled.account_id,
        entitled.feature,
        entitled.is_paid and coalesce(used.last_on < entitled.since_on, true) as is_unused,
        coalesce(used.last_on > $today - 28, false) as is_used,
        feature.sets_apart_product,
        feature.sets_apart_plan,
        entitled.is_paid,
    from entitled
    join feature
        on feature.feature = entitled.feature
    left join used
        on  used.account_id = entitled.account_id
        and used.feature = entitled.feature
),

summed as (
    select
        account_id,
        count(*) as entitled,
        count(*) filter (where is_used) as used,
        count(*) filter (where sets_apart_product) as product_entitled,
        count(*) filter (where sets_apart_product and is_used) as product_used,
        count(*) filter (where sets_apart_plan) as plan_entitled,
        count(*) filter (where sets_apart_plan and is_used) as plan_used,
        bool_or(is_paid) as is_paid,
        count(*) filter (where is_unused) as unused,
        coalesce(
            list_sort(list(feature) filter (where is_unused)), []::varchar[]
        ) as unused_features,
    from told
    group by account_id
)

select
    account_known.account_id,
    coalesce(used_lately.features, 0) as features_used_28_days,
    summed.entitled as features_entitled,
    (summed.used * 1.0 / nullif(summed.entitled, 0))::double as breadth_share,
    summed.product_entitled as product_features_entitled,
    summed.product_used as product_features_used_28_days,
    (summed.product_used * 1.0 / nullif(summed.product_entitled, 0))::double
        as product_breadth_share,
    summed.plan_entitled as plan_features_entitled,
    summed.plan_used as plan_features_used_28_days,
    (summed.plan_used * 1.0 / nullif(summed.plan_entitled, 0))::double as plan_breadth_share,
    (summed.product_used / nullif(card_price.mrr_hundreds, 0))::double
        as product_features_used_per_100_mrr,
    (summed.plan_used / nullif(card_price.mrr_hundreds, 0))::double
        as plan_features_used_per_100_mrr,
    case when summed.is_paid then summed.unused_features end as paid_features_unused,
    case when summed.is_paid then summed.unused end as paid_features_unused_count,
from account_known
left join used_lately
    on used_lately.account_id = account_known.account_id
left join summed
    on summed.account_id = account_known.account_id
left join card_price
    on card_price.account_id = account_known.account_id

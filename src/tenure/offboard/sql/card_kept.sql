-- card_kept: what an account has built up with us since it began.
--
-- Grain    one row per known account
-- Reads    account_known, account_feature, product_feature, use_day
-- Params   none
-- Columns  account_id    varchar    canonical
--          use_days      bigint     days with any use, ever
--          feature_uses  varchar[]  as `report_export: 142, last on 2026-02-27`, in order of names
-- Refresh  by account
-- Rule     docs/card-rules.md, "Kept". Of the declared features the eight used most, by the events
--          of each; without a product file none.

with

used_day as (
    select
        account_id,
        count(*) as days,
    from use_day
    group by account_id
),

declared as (
    select distinct feature, event,
    from product_feature
),

used as (
    select
        account_feature.account_id,
        declared.feature,
        sum(account_feature.events)::bigint as uses,
        max(account_feature.last_on) as last_on,
    from account_feature
    join declared
        on declared.event = account_feature.feature
    group by account_feature.account_id, declared.feature
),

most_used as (
    select
        account_id,
        feature,
        uses,
        last_on,
        row_number() over (partition by account_id order by uses desc, feature) as place,
    from used
),

told as (
    select
        account_id,
        list_sort(
            list(feature || ': ' || uses::varchar || ', last on ' || last_on::varchar)
        ) as uses,
    from most_used
    where place <= 8
    group by account_id
)

select
    account_known.account_id,
    coalesce(used_day.days, 0) as use_days,
    told.uses as feature_uses,
from account_known
left join used_day
    on used_day.account_id = account_known.account_id
left join told
    on told.account_id = account_known.account_id

-- card_traits: what an account says of itself: where it is, what it does, how it found us.
--
-- Grain    one row per account with traits
-- Reads    account_trait
-- Params   none
-- Columns  account_id          varchar  canonical
--          country             varchar
--          industry            varchar
--          employees           bigint
--          acquisition_source  varchar
-- Refresh  by account
-- Rule     docs/card-rules.md, "Traits": of each the last word, as churn's groups read it

with

ranked as (
    select
        account_id,
        properties,
        occurred_at,
        row_number() over (
            partition by account_id
            order by occurred_at desc, received_at desc, message_id desc, source desc
        ) as place,
    from account_trait
),

said as (
    select
        account_id,
        place,
        nullif(trim(coalesce(
            properties ->> '$.country', properties ->> '$.address.country'
        )), '') as country,
        nullif(trim(properties ->> '$.industry'), '') as industry,
        case
            when try_cast(properties ->> '$.employees' as double) between 0 and 1e9
                then round(try_cast(properties ->> '$.employees' as double))::bigint
        end as employees,
        nullif(trim(coalesce(
            properties ->> '$.acquisition_source',
            properties ->> '$.acquisition_channel',
            properties ->> '$.utm_source'
        )), '') as acquisition_source,
    from ranked
),

first_place as (
    select
        account_id,
        min(case when country is not null then place end) as country,
        min(case when industry is not null then place end) as industry,
        min(case when employees is not null then place end) as employees,
        min(case when acquisition_source is not null then place end) as acquisition_source,
    from said
    group by account_id
)

select
    said.account_id,
    max(case when said.place = first_place.country then said.country end) as country,
    max(case when said.place = first_place.industry then said.industry end) as industry,
    max(case when said.place = first_place.employees then said.employees end) as employees,
    max(case when said.place = first_place.acquisition_source then said.acquisition_source end)
        as acquisition_source,
from said
join first_place
    on first_place.account_id = said.account_id
group by said.account_id

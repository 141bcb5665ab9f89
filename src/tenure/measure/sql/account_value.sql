-- account_value: what was last said of each account under one trait.
--
-- Grain    one row per account_id for which the trait was ever given
-- Reads    account_trait
-- Params   $path varchar
-- Columns  account_id  varchar
--          value       varchar  text as JSON writes it, without quotes
-- Rule     docs/metrics/churn.md, "Groups"

with

said as (
    select
        account_id,
        json_extract_string(properties, $path) as value,
        occurred_at,
        received_at,
        source,
        message_id,
    from account_trait
),

ranked as (
    select
        account_id,
        value,
        row_number() over (
            partition by account_id
            order by occurred_at desc, received_at desc, message_id desc, source
        ) as place,
    from said
    where value is not null
)

select
    account_id,
    value,
from ranked
where place = 1

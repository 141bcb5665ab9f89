-- account_value: what was last said of each account under one trait.
--
-- Grain    one row per account_id for which the trait was ever given
-- Reads    event, identity_link
-- Params   $path varchar
-- Columns  account_id  varchar
--          value       varchar  text as JSON writes it, without quotes
-- Rule     docs/metrics/churn.md, "Groups"

with

said as (
    select
        coalesce(link.canonical_id, event.account_key) as account_id,
        json_extract_string(event.properties, $path) as value,
        event.occurred_at,
        event.received_at,
        event.message_id,
    from event
    left join identity_link as link
        on  link.kind = 'account'
        and link.raw_id = event.account_key
    where event.type = 'group'
      and event.account_key is not null
),

ranked as (
    select
        account_id,
        value,
        row_number() over (
            partition by account_id
            order by occurred_at desc, received_at desc, message_id desc
        ) as place,
    from said
    where value is not null
)

select
    account_id,
    value,
from ranked
where place = 1

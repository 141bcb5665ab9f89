-- corrected_id: whom new corrections speak of, before and after.
--
-- Grain    one row per (account_key, user_id, anonymous_id, previous_id) of a row that corrects
--          or is corrected
-- Reads    event_row
-- Params   $after_batch bigint, $last_batch bigint
-- Columns  account_key   varchar
--          user_id       varchar
--          anonymous_id  varchar
--          previous_id   varchar
-- Rule     What a corrected row had said of them is forgotten, and the rest is read again.

with

correcting as (
    select *
    from event_row
    where batch > $after_batch
      and batch <= $last_batch
      and corrects is not null
),

touched as (
    select
        account_key,
        user_id,
        anonymous_id,
        previous_id,
        type,
        properties,
    from correcting

    union all

    select
        event_row.account_key,
        event_row.user_id,
        event_row.anonymous_id,
        event_row.previous_id,
        event_row.type,
        event_row.properties,
    from event_row
    join correcting
        on  correcting.source = event_row.source
        and correcting.corrects = event_row.message_id
)

select distinct
    coalesce(
        account_key,
        case
            when type = 'identify' and contains(properties, '"company"')
                then properties ->> '$.company.id'
        end
    ) as account_key,
    user_id,
    anonymous_id,
    previous_id,
from touched

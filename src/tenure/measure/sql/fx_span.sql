-- fx_span: what one minor unit of each currency is worth in minor units of another, and since when.
--
-- Grain    one row per currency and day on which a rate was given; one for $into itself
-- Reads    event, minor_unit
-- Params   $into varchar, $time_zone varchar
-- Columns  currency  varchar
--          from_on   date     the rate holds from this day
--          until_on  date     until the next one's, null for the last
--          factor    double
-- Rule     docs/metrics/currencies.md; a rate given the other way round is inverted

with

said as (
    select
        upper(json_extract_string(properties, '$.from')) as from_currency,
        upper(json_extract_string(properties, '$.to')) as to_currency,
        try_cast(json_extract_string(properties, '$.value') as double) as rate,
        cast(occurred_at at time zone $time_zone as date) as from_on,
        occurred_at,
        received_at,
        message_id,
    from event
    where type = 'metric'
      and name = 'fx_rate'
),

quote as (
    select
        from_currency as currency, rate, 1 as is_direct,
        from_on, occurred_at, received_at, message_id,
    from said
    where to_currency = $into
      and from_currency <> $into
      and rate > 0

    union all

    select
        to_currency as currency, 1.0 / nullif(rate, 0) as rate, 0 as is_direct,
        from_on, occurred_at, received_at, message_id,
    from said
    where from_currency = $into
      and to_currency <> $into
      and rate > 0
),

-- The last word of a day; a rate in the wanted direction goes before an inverted one.
ranked as (
    select
        *,
        row_number() over (
            partition by currency, from_on
            order by is_direct desc, occurred_at desc, received_at desc, message_id desc
        ) as place,
    from quote
),

dated as (
    select
        ranked.currency,
        ranked.from_on,
        lead(ranked.from_on) over (
            partition by ranked.currency
            order by ranked.from_on
        ) as until_on,
        ranked.rate,
        coalesce(unit.places, 2) as places_from,
        coalesce(unit_into.places, 2) as places_into,
    from ranked
    left join minor_unit as unit
        on  unit.currency = ranked.currency
    left join minor_unit as unit_into
        on  unit_into.currency = $into
    where ranked.place = 1
)

select
    currency,
    from_on,
    until_on,
    case
        when places_into >= places_from then rate * power(10, places_into - places_from)
        else rate / nullif(power(10, places_from - places_into), 0)
    end as factor,
from dated

union all

select
    cast($into as varchar) as currency,
    date '0001-01-01' as from_on,
    cast(null as date) as until_on,
    cast(1 as double) as factor

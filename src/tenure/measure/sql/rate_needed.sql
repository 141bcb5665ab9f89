-- rate_needed: the first day of a span for which each currency needs an exchange rate.
--
-- Grain    one row per currency in which anybody pays in the span
-- Reads    mrr_movement
-- Params   $first_on date, $before_on date
-- Columns  currency   varchar
--          needed_on  date
-- Rule     docs/metrics/currencies.md

with

span as (
    select
        currency,
        moved_on,
        lead(moved_on) over (
            partition by account_id, currency
            order by moved_on
        ) as until_on,
        mrr_after_minor,
    from mrr_movement
    where moved_on < $before_on
)

select
    currency,
    min(greatest(moved_on, cast($first_on as date) - 1)) as needed_on,
from span
where moved_on >= cast($first_on as date)
   or (
        mrr_after_minor > 0
        and (until_on is null or until_on >= cast($first_on as date))
    )
group by currency

-- data_span: the first and last day of which anything is known.
--
-- Grain    one row; nulls when there is no period at all
-- Reads    subscription_period, billing_fact, event
-- Params   $time_zone varchar, $until_on date
-- Columns  first_on  date  on which the first period starts
--          last_on   date  of the last event, start, end or invoice line up to $until_on
-- Rule     docs/metrics/churn.md, "Months"

with

told as (
    select max(effective_at) as told_at,
    from billing_fact
    where kind in ('start', 'end', 'invoice_line')
      and (effective_at at time zone $time_zone)::date <= $until_on

    union all

    select max(occurred_at) as told_at,
    from event
    where (occurred_at at time zone $time_zone)::date <= $until_on
),

last_told as (
    select cast(max(told_at) at time zone $time_zone as date) as last_on,
    from told
),

first_period as (
    select min(starts_on) as first_on,
    from subscription_period
    where starts_on <= $until_on
)

select
    first_period.first_on,
    last_told.last_on,
from first_period
cross join last_told

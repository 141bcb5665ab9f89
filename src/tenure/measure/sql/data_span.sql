-- data_span: the first day on which anything moved, and the last of which anything is known.
--
-- Grain    one row; first_on is null when no MRR moved and no free account was lost
-- Reads    subscription_period, mrr_movement, free_account, billing_fact, event_day
-- Params   $time_zone varchar, $until_on date
-- Columns  first_on  date  of the first movement, or the first loss of a free account
--          last_on   date  of the last use, ticket, payment, start or end up to $until_on
-- Rule     docs/metrics/churn.md, "Months"

with

-- What was billed ahead, and what files say of an account as it is now, tells of no later month.
told as (
    select max(starts_on) as told_on,
    from subscription_period
    where priced_minor is not null
      and starts_on <= $until_on

    union all

    select max(ends_on) as told_on,
    from subscription_period
    where priced_minor is not null
      and basis = 'subscription'
      and ends_on <= $until_on

    union all

    select max((effective_at at time zone $time_zone)::date) as told_on,
    from billing_fact
    where kind in ('payment_failed', 'payment_succeeded')
      and (effective_at at time zone $time_zone)::date <= $until_on

    union all

    select max(day) as told_on,
    from event_day
    where type in ('track', 'page', 'screen', 'reason', 'ticket', 'incident', 'mention')
      and day <= $until_on
),

last_told as (
    select max(told_on) as last_on,
    from told
),

moved as (
    select min(moved_on) as moved_on,
    from mrr_movement
    where moved_on <= $until_on

    union all

    select min(lost_on) as moved_on,
    from free_account
    where lost_on <= $until_on
      and (held_again_on is null or held_again_on > $until_on)
),

first_moved as (
    select min(moved_on) as first_on,
    from moved
)

select
    first_moved.first_on,
    last_told.last_on,
from first_moved
cross join last_told

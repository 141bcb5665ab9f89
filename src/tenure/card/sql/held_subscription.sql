-- held_subscription: what each account holds at the end of a day, one row per subscription.
--
-- Grain    one row per subscription that has begun and has not ended
-- Reads    subscription_period
-- Params   $today date, $time_zone varchar
-- Columns  account_id              varchar   canonical
--          place                   bigint    1: the dearest, which gives the card its plan
--          source                  varchar
--          subscription_id         varchar
--          basis                   varchar   subscription | invoice_line
--          status                  varchar
--          is_paying               boolean
--          has_notice              boolean   somebody said that it ends
--          plan                    varchar
--          plan_since_on           date      since when it has had this plan without a break
--          billing_interval        varchar   day | week | month | quarter | year
--          billing_interval_count  integer
--          billed_since_on         date      since when it has been billed by this interval
--          ends_on                 date      of this version; null while open
--          renewal_said_on         date      as billing itself says it
--          quantity                bigint    seats
--          mrr_minor               bigint
--          currency                varchar
-- Refresh  with the card
-- Rule     A day's state is that at its end, as in card_standing. A version that follows another of
--          the same subscription without a day between is no break.

with

version as (
    select
        *,
        lag(plan) over chain is distinct from plan
            or lag(is_paying) over chain is distinct from is_paying
            or coalesce(lag(ends_on) over chain < starts_on, true) as takes_plan,
        lag(billing_interval) over chain is distinct from billing_interval
            or lag(billing_interval_count) over chain is distinct from billing_interval_count
            or lag(is_paying) over chain is distinct from is_paying
            or coalesce(lag(ends_on) over chain < starts_on, true) as takes_interval,
    from subscription_period
    where ends_on is null
       or ends_on > starts_on
    window chain as (
        partition by account_id, source, subscription_id, basis
        order by starts_at, coalesce(ends_on, date '9999-12-31'), fact_id
    )
),

since as (
    select
        *,
        max(case when takes_plan then starts_on end) over chain as plan_since_on,
        max(case when takes_interval then starts_on end) over chain as billed_since_on,
    from version
    window chain as (
        partition by account_id, source, subscription_id, basis
        order by starts_at, coalesce(ends_on, date '9999-12-31'), fact_id
        rows between unbounded preceding and current row
    )
)

select
    account_id,
    row_number() over (
        partition by account_id
        order by mrr_minor desc, coalesce(ends_on, date '9999-12-31') desc, starts_on desc, source,
            subscription_id, fact_id
    ) as place,
    source,
    subscription_id,
    basis,
    status,
    is_paying,
    coalesce((notice_at at time zone $time_zone)::date <= $today, false) as has_notice,
    plan,
    plan_since_on,
    billing_interval,
    billing_interval_count,
    billed_since_on,
    ends_on,
    case
        when coalesce(attributes ->> '$.renews_on', attributes ->> '$.current_period_end')
            like '20__-__-__%'
            then try_cast(substr(coalesce(
                attributes ->> '$.renews_on', attributes ->> '$.current_period_end'
            ), 1, 10) as date)
    end as renewal_said_on,
    quantity,
    mrr_minor,
    currency,
from since
where starts_on <= $today
  and (ends_on is null or ends_on > $today)

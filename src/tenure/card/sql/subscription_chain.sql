-- subscription_chain: each version of a subscription, and since when its plan and interval stand.
--
-- Grain    one row per version that lasts, as in subscription_period
-- Reads    subscription_period
-- Params   none
-- Columns  account_id              varchar      canonical
--          source                  varchar
--          subscription_id         varchar
--          basis                   varchar      subscription | invoice_line
--          fact_id                 varchar
--          status                  varchar
--          is_paying               boolean
--          starts_on               date
--          ends_on                 date         null while open
--          notice_at               timestamptz
--          plan                    varchar
--          plan_since_on           date         since when it has this plan without a break
--          billing_interval        varchar      day | week | month | quarter | year
--          billing_interval_count  integer
--          billed_since_on         date         since when it is billed by this interval
--          renewal_said_on         date         as billing itself says it
--          quantity                bigint       seats
--          amount_minor            bigint       per billing interval, or of the line
--          is_price_passing        boolean      a discount or a free time in it ends by itself
--          mrr_minor               bigint
--          currency                varchar
-- Refresh  by account
-- Rule     A version that follows another of the same subscription without a day between is no
--          break. What no day alone changes, so that a new day need not work it out for all.

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
    source,
    subscription_id,
    basis,
    fact_id,
    status,
    is_paying,
    starts_on,
    ends_on,
    notice_at,
    plan,
    plan_since_on,
    billing_interval,
    billing_interval_count,
    billed_since_on,
    case
        when coalesce(attributes ->> '$.renews_on', attributes ->> '$.current_period_end')
            like '20__-__-__%'
            then try_cast(substr(coalesce(
                attributes ->> '$.renews_on', attributes ->> '$.current_period_end'
            ), 1, 10) as date)
    end as renewal_said_on,
    quantity,
    amount_minor,
    coalesce(
        attributes ->> '$.discount_ends_on', attributes ->> '$.free_until_on'
    ) is not null as is_price_passing,
    mrr_minor,
    currency,
from since

-- save_period: what the accounts of saves held, and since when each was billed so.
--
-- Grain    one row per period of a followed account that lasts a day at least
-- Reads    subscription_period, followed_account
-- Params   none
-- Columns  account_id              varchar  canonical
--          source                  varchar
--          subscription_id         varchar
--          basis                   varchar  subscription | invoice_line
--          status                  varchar
--          is_paying               boolean
--          starts_on               date
--          ends_on                 date     first day on which it no longer holds; null: open
--          billed_since_on         date     since when it has been billed by this interval
--          plan                    varchar
--          billing_interval        varchar
--          billing_interval_count  integer
--          quantity                bigint
--          mrr_minor               bigint
--          currency                varchar
--          fact_id                 varchar
-- Rule     docs/saves.md, "What a check asks". `billed_since_on` is as in held_subscription.

with

version as (
    select
        subscription_period.*,
        lag(billing_interval) over chain is distinct from billing_interval
            or lag(billing_interval_count) over chain is distinct from billing_interval_count
            or lag(is_paying) over chain is distinct from is_paying
            or coalesce(lag(ends_on) over chain < starts_on, true) as takes_interval,
    from subscription_period
    join followed_account
        on followed_account.account_id = subscription_period.account_id
    where ends_on is null
       or ends_on > starts_on
    window chain as (
        partition by subscription_period.account_id, source, subscription_id, basis
        order by starts_at, coalesce(ends_on, date '9999-12-31'), fact_id
    )
)

select
    account_id,
    source,
    subscription_id,
    basis,
    status,
    is_paying,
    starts_on,
    ends_on,
    max(case when takes_interval then starts_on end) over (
        partition by account_id, source, subscription_id, basis
        order by starts_at, coalesce(ends_on, date '9999-12-31'), fact_id
        rows between unbounded preceding and current row
    ) as billed_since_on,
    plan,
    billing_interval,
    billing_interval_count,
    quantity,
    mrr_minor,
    currency,
    fact_id,
from version
order by account_id, source, subscription_id, starts_on, fact_id

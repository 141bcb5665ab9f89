-- held_subscription: what each account holds at the end of a day, one row per subscription.
--
-- Grain    one row per subscription that has begun and has not ended
-- Reads    subscription_chain
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
--          amount_minor            bigint    per billing interval, or of the line
--          is_price_passing        boolean   a discount or a free time in it ends by itself
--          mrr_minor               bigint
--          currency                varchar
-- Refresh  with the card
-- Rule     A day's state is that at its end, as in card_standing.

with

held as (
    select *,
    from subscription_chain
    where starts_on <= $today
      and (ends_on is null or ends_on > $today)
),

-- Few accounts hold several, and ranking takes longest.
several as (
    select account_id,
    from held
    group by account_id
    having count(*) > 1
),

placed as (
    select
        *,
        row_number() over (
            partition by account_id
            order by mrr_minor desc, coalesce(ends_on, date '9999-12-31') desc, starts_on desc,
                source, subscription_id, fact_id
        ) as place,
    from held
    where account_id in (select account_id from several)

    union all

    select
        *,
        1 as place,
    from held
    where account_id not in (select account_id from several)
)

select
    account_id,
    place,
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
    renewal_said_on,
    quantity,
    amount_minor,
    is_price_passing,
    mrr_minor,
    currency,
from placed

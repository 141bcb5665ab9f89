-- card_payments: whether each account's money arrives.
--
-- Grain    one row per account of which a payment or a card is known
-- Reads    payment_said, held_subscription, spoken_event
-- Params   $today date, $time_zone varchar
-- Columns  account_id                varchar  canonical
--          payments_failed_90_days   bigint   attempts
--          last_payment_failed_on    date
--          last_paid_on              date     last payment that succeeded
--          has_unpaid                boolean  a payment failed, none has succeeded since, and the
--                                             subscription still runs
--          unpaid_since_on           date     first failure of that row
--          card_expires_on           date     last day on which the card is good
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Payments"

with

payment as (
    select
        account_id,
        source,
        coalesce(subscription_id, account_key) as subscription_id,
        kind = 'payment_failed' as is_failed,
        (effective_at at time zone $time_zone)::date as day,
        effective_at,
        message_id,
    from payment_said
    where kind in ('payment_failed', 'payment_succeeded')
),

past as (
    select *
    from payment
    where day <= $today
),

counted as (
    select
        account_id,
        count(*) filter (where is_failed and day > $today - 90) as failed_90,
        max(case when is_failed then day end) as last_failed_on,
        max(case when not is_failed then day end) as last_paid_on,
    from past
    group by account_id
),

-- Failures after the last success of their subscription.
open_failure as (
    select
        account_id,
        source,
        subscription_id,
        day,
    from (
        select
            *,
            coalesce(max(case when not is_failed then 1 end) over (
                partition by account_id, source, subscription_id
                order by effective_at, is_failed, message_id
                rows between current row and unbounded following
            ), 0) as is_paid_since,
        from past
    ) as followed
    where is_failed
      and is_paid_since = 0
),

unpaid as (
    select
        open_failure.account_id,
        min(open_failure.day) as since_on,
    from open_failure
    where exists (
        select 1
        from held_subscription
        where held_subscription.account_id = open_failure.account_id
          and held_subscription.is_paying
          and (
              held_subscription.subscription_id = open_failure.subscription_id
              or open_failure.subscription_id = open_failure.account_id
          )
    )
    group by open_failure.account_id
),

card_said as (
    select
        account_id,
        effective_at as said_at,
        message_id,
        attributes as said,
    from payment_said
    where contains(attributes, '"card_exp')

    union all

    select
        account_id,
        occurred_at as said_at,
        message_id,
        properties as said,
    from spoken_event
    where kind = 'payment_method'
      and account_id is not null
      and contains(properties, '"card_exp')
),

card_read as (
    select
        account_id,
        said_at,
        message_id,
        case
            when said ->> '$.card_expires_on' like '20__-__-__%'
                then try_cast(substr(said ->> '$.card_expires_on', 1, 10) as date)
        end as expires_on,
        try_cast(said ->> '$.card_exp_year' as bigint) as exp_year,
        try_cast(said ->> '$.card_exp_month' as bigint) as exp_month,
    from card_said
),

card as (
    select
        account_id,
        coalesce(
            expires_on,
            case
                when exp_year between 1970 and 9998 and exp_month between 1 and 12
                    then last_day(make_date(exp_year, exp_month, 1))
            end
        ) as expires_on,
        row_number() over (partition by account_id order by said_at desc, message_id desc) as place,
    from card_read
    where expires_on is not null
       or (exp_year between 1970 and 9998 and exp_month between 1 and 12)
),

known as (
    select account_id from counted
    union
    select account_id from card
)

select
    known.account_id,
    coalesce(counted.failed_90, 0) as payments_failed_90_days,
    counted.last_failed_on as last_payment_failed_on,
    counted.last_paid_on,
    unpaid.since_on is not null as has_unpaid,
    unpaid.since_on as unpaid_since_on,
    card.expires_on as card_expires_on,
from known
left join counted
    on counted.account_id = known.account_id
left join unpaid
    on unpaid.account_id = known.account_id
left join card
    on  card.account_id = known.account_id
    and card.place = 1

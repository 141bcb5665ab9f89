-- card_standing: what each account pays and holds at the end of a day.
--
-- Grain    one row per account that billing knows
-- Reads    subscription_period, mrr_movement, billing_fact_row, identity_link
-- Params   $today date, $time_zone varchar
-- Columns  account_id        varchar      canonical
--          status            varchar      paying | leaving | trial | free | left | never_paid
--          mrr_minor         bigint       in `currency`, at the end of the day
--          currency          varchar      of the greatest MRR, or of the last one
--          plan              varchar      of the dearest subscription now, else of the last
--          billing_interval  varchar      `month`, `3 months`
--          quantity          bigint       seats of that subscription
--          paying_since_on   date         since when some MRR has stood without a break
--          left_on           date         first day without MRR; null while it pays
--          notice_at         timestamptz  first notice in force, while leaving
--          ends_on           date         first day on which it holds nothing, as known or
--                                         announced; null when open
--          currencies_paid   bigint       in which it has MRR
--          held_since_on     date         first subscription
--          held_until_on     date         last end of what has begun; 9999-12-31 when open
-- Refresh  by account
-- Holds    until mrr_movement.moved_on, subscription_period.starts_on,
--          subscription_period.ends_on, subscription_period.notice_at
-- Rule     A day's state is that at its end, as in the ledger (docs/metrics/mrr.md).
--          leaving: it pays, and notice was given on everything it pays for.
--          left: it paid once and holds neither a trial nor a free plan.

with

-- Aggregates instead of ranks, which take several times as long for so many accounts.
moved as (
    select
        account_id,
        currency,
        max(moved_on) as moved_on,
        max(moved_on) filter (where kind in ('new', 'reactivation')) as started_on,
    from mrr_movement
    where moved_on <= $today
    group by account_id, currency
),

-- One row per account and currency: what stands now, and since when.
stand as (
    select
        moved.account_id,
        moved.currency,
        moved.moved_on,
        moved.started_on,
        mrr_movement.mrr_after_minor as mrr_minor,
    from moved
    join mrr_movement
        on  mrr_movement.account_id = moved.account_id
        and mrr_movement.currency = moved.currency
        and mrr_movement.moved_on = moved.moved_on
),

most as (
    select
        account_id,
        max(mrr_minor) as mrr_minor,
        min(case when mrr_minor > 0 then started_on end) as paying_since_on,
        max(moved_on) as last_moved_on,
        count(*) filter (where mrr_minor > 0) as currencies,
    from stand
    group by account_id
),

most_lately as (
    select
        stand.account_id,
        max(stand.moved_on) as moved_on,
    from stand
    join most
        on  most.account_id = stand.account_id
        and most.mrr_minor = stand.mrr_minor
    group by stand.account_id
),

-- Of several currencies the one with the greatest MRR, then the one that moved last.
money as (
    select
        most.account_id,
        most.mrr_minor,
        most.mrr_minor > 0 as is_paying,
        most.paying_since_on,
        most.last_moved_on,
        most.currencies,
        min(stand.currency) as currency,
    from most
    join most_lately
        on most_lately.account_id = most.account_id
    join stand
        on  stand.account_id = most.account_id
        and stand.mrr_minor = most.mrr_minor
        and stand.moved_on = most_lately.moved_on
    group by
        most.account_id, most.mrr_minor, most.paying_since_on, most.last_moved_on, most.currencies
),

-- Until when a notice says that it runs; a period that still stands ends nowhere itself.
notice_row as (
    select
        billing_fact_row.source,
        coalesce(link.canonical_id, billing_fact_row.account_key) as account_id,
        coalesce(
            billing_fact_row.subscription_id, billing_fact_row.account_key
        ) as subscription_id,
        billing_fact_row.effective_at,
        billing_fact_row.ends_at,
        billing_fact_row.is_void,
        row_number() over (
            partition by billing_fact_row.source, billing_fact_row.fact_key
            order by
                billing_fact_row.received_at desc,
                billing_fact_row.batch desc,
                billing_fact_row.known_at desc,
                billing_fact_row.message_id desc
        ) as place,
    from billing_fact_row
    left join identity_link as link
        on  link.kind = 'account'
        and link.raw_id = billing_fact_row.account_key
    where billing_fact_row.kind = 'notice'
),

announced as (
    select
        source,
        account_id,
        subscription_id,
        effective_at,
        max(ends_at) as announced_at,
    from notice_row
    where place = 1
      and not is_void
    group by source, account_id, subscription_id, effective_at
),

held as (
    select
        subscription_period.account_id,
        subscription_period.source,
        subscription_period.subscription_id,
        subscription_period.fact_id,
        subscription_period.status,
        subscription_period.is_paying,
        subscription_period.plan,
        case
            when coalesce(subscription_period.billing_interval_count, 1) = 1
                then subscription_period.billing_interval
            else subscription_period.billing_interval_count
                || ' ' || subscription_period.billing_interval || 's'
        end as billing_interval_said,
        subscription_period.quantity,
        subscription_period.mrr_minor,
        subscription_period.notice_at,
        subscription_period.starts_on,
        subscription_period.ends_on as period_ends_on,
        coalesce(
            subscription_period.ends_on,
            (announced.announced_at at time zone $time_zone)::date
        ) as ends_on,
        subscription_period.starts_on <= $today as has_begun,
        subscription_period.ends_on is null
            or subscription_period.ends_on > $today as has_not_ended,
        coalesce(
            (subscription_period.notice_at at time zone $time_zone)::date <= $today, false
        ) as has_notice,
    from subscription_period
    left join announced
        on  announced.source = subscription_period.source
        and announced.account_id = subscription_period.account_id
        and announced.subscription_id = subscription_period.subscription_id
        and announced.effective_at = subscription_period.notice_at
    where subscription_period.ends_on is null
       or subscription_period.ends_on > subscription_period.starts_on
),

-- The row that gives the plan stands first: the dearest now, else the last.
ranked as (
    select
        *,
        has_begun and row_number() over (
            partition by account_id
            order by
                has_begun desc,
                has_not_ended desc,
                case when has_not_ended then mrr_minor end desc,
                ends_on desc,
                starts_on desc,
                source,
                subscription_id,
                fact_id
        ) = 1 as is_main,
    from held
),

holding as (
    select
        account_id,
        count(*) filter (where has_begun and has_not_ended and status = 'trialing') as trials,
        count(*) filter (
            where has_begun and has_not_ended and not is_paying and status <> 'trialing'
        ) as free_plans,
        count(*) filter (
            where is_paying and has_not_ended and not has_notice
        ) as paying_without_notice,
        min(notice_at) filter (
            where is_paying and has_not_ended and has_notice
        ) as notice_at,
        count(*) filter (where has_not_ended and ends_on is null) as open_ends,
        max(ends_on) filter (where has_not_ended) as ends_on,
        max(case when is_main then plan end) as plan,
        max(case when is_main then billing_interval_said end) as billing_interval,
        max(case when is_main then quantity end) as quantity,
        min(case when has_begun then starts_on end) as held_since_on,
        max(case when has_begun then coalesce(period_ends_on, date '9999-12-31') end)
            as held_until_on,
    from ranked
    group by account_id
)

select
    coalesce(holding.account_id, money.account_id) as account_id,
    case
        when money.is_paying and holding.notice_at is not null
            and holding.paying_without_notice = 0 then 'leaving'
        when money.is_paying then 'paying'
        when holding.trials > 0 then 'trial'
        when holding.free_plans > 0 then 'free'
        when money.account_id is not null then 'left'
        else 'never_paid'
    end as status,
    coalesce(money.mrr_minor, 0) as mrr_minor,
    money.currency,
    holding.plan,
    holding.billing_interval,
    holding.quantity,
    money.paying_since_on,
    case when not money.is_paying then money.last_moved_on end as left_on,
    case when money.is_paying and holding.paying_without_notice = 0 then holding.notice_at
    end as notice_at,
    case when holding.open_ends = 0 then holding.ends_on end as ends_on,
    coalesce(money.currencies, 0) as currencies_paid,
    holding.held_since_on,
    holding.held_until_on,
from holding
full join money
    on money.account_id = holding.account_id

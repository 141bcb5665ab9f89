-- lead_converted: which subscription stands for an account over all currencies, and how long.
--
-- Grain    one row per (account_id, from_on) on which a paid period starts or ends, for accounts
--          that paid in more than one currency
-- Reads    subscription_period, fx_span, many_currencies
-- Params   none
-- Columns  account_id  varchar
--          from_on     date
--          until_on    date     null for the last
--          source      varchar  of the period worth most at the rate of from_on, on a tie the one
--                               that started first; null when none is paid
--          fact_id     varchar
-- Rule     docs/metrics/churn.md, "Groups"

with

paid as (
    select
        period.account_id,
        period.currency,
        period.source,
        period.fact_id,
        period.subscription_id,
        period.starts_at,
        period.starts_on,
        period.ends_on,
        period.mrr_minor,
        max(coalesce(period.ends_on, date '9999-12-31')) over (
            partition by period.account_id
            order by period.starts_on, period.starts_at, period.source, period.fact_id
            rows between unbounded preceding and 1 preceding
        ) as others_end_on,
    from subscription_period as period
    join many_currencies
        on  many_currencies.account_id = period.account_id
    where period.is_paying
      and (period.ends_on is null or period.ends_on > period.starts_on)
),

island as (
    select
        *,
        sum(case when others_end_on > starts_on then 0 else 1 end) over (
            partition by account_id
            order by starts_on, starts_at, source, fact_id
            rows between unbounded preceding and current row
        ) as island,
    from paid
),

change as (
    select account_id, island, starts_on as day,
    from island

    union

    select account_id, island, ends_on as day,
    from island
    where ends_on is not null
),

standing as (
    select
        change.account_id,
        change.day,
        island.source,
        island.fact_id,
        row_number() over (
            partition by change.account_id, change.day
            order by round(island.mrr_minor * fx_span.factor) desc nulls last, island.starts_at,
                island.subscription_id, island.source, island.fact_id
        ) as place,
    from change
    left join island
        on  island.account_id = change.account_id
        and island.island = change.island
        and island.starts_on <= change.day
        and (island.ends_on is null or island.ends_on > change.day)
    left join fx_span
        on  fx_span.currency = island.currency
        and fx_span.from_on <= change.day
        and (fx_span.until_on is null or fx_span.until_on > change.day)
)

select
    account_id,
    day as from_on,
    lead(day) over (
        partition by account_id
        order by day
    ) as until_on,
    source,
    fact_id,
from standing
where place = 1

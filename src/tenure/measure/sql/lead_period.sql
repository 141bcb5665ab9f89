-- lead_period: which subscription stands for an account, from which day on.
--
-- Grain    one row per (account_id, currency, day) on which a paid period starts or ends
-- Reads    subscription_period
-- Params   none
-- Columns  account_id      varchar
--          currency        varchar
--          day             date
--          mrr_minor       bigint   of the account, at the end of the day
--          source          varchar  of the period with the largest MRR, on a tie the one that
--                                   started first; null when none is paid
--          fact_id         varchar
--          source_before   varchar  the same at the end of the day before
--          fact_id_before  varchar
-- Refresh  by account
-- Rule     docs/metrics/churn.md, "Groups"

with

paid as (
    select
        account_id,
        currency,
        source,
        fact_id,
        subscription_id,
        starts_at,
        starts_on,
        ends_on,
        mrr_minor,
        max(coalesce(ends_on, date '9999-12-31')) over (
            partition by account_id, currency
            order by starts_on, starts_at, source, fact_id
            rows between unbounded preceding and 1 preceding
        ) as others_end_on,
        lead(starts_on) over (
            partition by account_id, currency
            order by starts_on, starts_at, source, fact_id
        ) as next_starts_on,
    from subscription_period
    where is_paying
      and (ends_on is null or ends_on > starts_on)
),

-- Most periods meet no other: those need no comparing.
placed as (
    select
        *,
        coalesce(others_end_on <= starts_on, true)
            and coalesce(next_starts_on >= coalesce(ends_on, date '9999-12-31'), true) as is_alone,
    from paid
),

-- Periods that overlap lie on one island; only those have to be compared with one another.
island as (
    select
        *,
        sum(case when others_end_on > starts_on then 0 else 1 end) over (
            partition by account_id, currency
            order by starts_on, starts_at, source, fact_id
            rows between unbounded preceding and current row
        ) as island,
    from placed
    where not is_alone
),

change as (
    select account_id, currency, island, starts_on as day,
    from island

    union

    select account_id, currency, island, ends_on as day,
    from island
    where ends_on is not null
),

compared as (
    select
        change.account_id,
        change.currency,
        change.day,
        island.source,
        island.fact_id,
        sum(island.mrr_minor) over (
            partition by change.account_id, change.currency, change.island, change.day
        ) as mrr_minor,
        row_number() over (
            partition by change.account_id, change.currency, change.island, change.day
            order by island.mrr_minor desc nulls last, island.starts_at, island.subscription_id,
                island.source, island.fact_id
        ) as place,
    from change
    left join island
        on  island.account_id = change.account_id
        and island.currency = change.currency
        and island.island = change.island
        and island.starts_on <= change.day
        and (island.ends_on is null or island.ends_on > change.day)
),

-- The end of an island is no day of its own where another period starts.
standing as (
    select account_id, currency, day, mrr_minor, source, fact_id,
    from compared
    where place = 1
      and (
        fact_id is not null
        or not exists (
            select 1
            from placed
            where placed.account_id = compared.account_id
              and placed.currency = compared.currency
              and placed.starts_on = compared.day
        )
      )

    union all

    select account_id, currency, starts_on as day, mrr_minor, source, fact_id,
    from placed
    where is_alone

    union all

    select
        account_id,
        currency,
        ends_on as day,
        cast(0 as bigint) as mrr_minor,
        cast(null as varchar) as source,
        cast(null as varchar) as fact_id,
    from placed
    where is_alone
      and ends_on is not null
      and (next_starts_on is null or next_starts_on > ends_on)
)

select
    account_id,
    currency,
    day,
    cast(greatest(coalesce(mrr_minor, 0), 0) as bigint) as mrr_minor,
    source,
    fact_id,
    lag(source) over (
        partition by account_id, currency
        order by day
    ) as source_before,
    lag(fact_id) over (
        partition by account_id, currency
        order by day
    ) as fact_id_before,
from standing

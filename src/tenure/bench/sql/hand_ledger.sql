-- hand_ledger: churn by month as one would write it by hand for facts known to be clean.
--
-- Grain    one row per (currency, month) in which anything changed
-- Reads    billing_fact_row
-- Params   none
-- Columns  currency         varchar
--          month            date
--          accounts_new     bigint
--          accounts_churned bigint
--          mrr_gained_minor bigint
--          mrr_lost_minor   bigint
-- Portable no: it is the limit that the bench compares with, on DuckDB alone
-- Rule     docs/performance.md

with

change as (
    select
        account_key,
        currency,
        cast(effective_at as date) as day,
        mrr_minor as delta_minor,
    from billing_fact_row
    where kind = 'start'

    union all

    select
        started.account_key,
        started.currency,
        cast(ended.effective_at as date) as day,
        -started.mrr_minor as delta_minor,
    from billing_fact_row as ended
    join billing_fact_row as started
        on  started.subscription_id = ended.subscription_id
        and started.version_key = ended.version_key
        and started.kind = 'start'
    where ended.kind = 'end'
),

net as (
    select
        account_key,
        currency,
        day,
        sum(delta_minor) as delta_minor,
    from change
    group by all
    having sum(delta_minor) <> 0
),

balance as (
    select
        *,
        sum(delta_minor) over (
            partition by account_key, currency
            order by day
        ) as after_minor,
    from net
)

select
    currency,
    cast(date_trunc('month', day) as date) as month,
    count(*) filter (where after_minor = delta_minor) as accounts_new,
    count(*) filter (where after_minor = 0) as accounts_churned,
    cast(coalesce(sum(delta_minor) filter (where delta_minor > 0), 0) as bigint)
        as mrr_gained_minor,
    cast(coalesce(sum(delta_minor) filter (where delta_minor < 0), 0) as bigint)
        as mrr_lost_minor,
from balance
group by 1, 2

-- free_account: when accounts that had never paid were left without any trial or free period.
--
-- Grain    one row per (account_id, lost_on)
-- Reads    subscription_period
-- Params   none
-- Columns  account_id     varchar
--          currency       varchar  of the last period before
--          lost_on        date     first day at whose end nothing holds; may be to come
--          held_again_on  date     first day of the next period: seen from there, none was lost
--          source         varchar
--          fact_id        varchar
-- Refresh  by account
-- Rule     docs/metrics/churn.md, "Free accounts lost"

with

held as (
    select
        account_id,
        source,
        fact_id,
        currency,
        is_paying,
        starts_at,
        starts_on,
        ends_on,
        coalesce(ends_on, date '9999-12-31') as until_on,
    from subscription_period
    where ends_on is null
       or ends_on > starts_on
),

after_gap as (
    select
        *,
        case
            when starts_on <= max(until_on) over (
                partition by account_id
                order by starts_on, until_on, source, fact_id
                rows between unbounded preceding and 1 preceding
            ) then 0
            else 1
        end as is_after_gap,
    from held
),

-- Periods that touch are one span; the first has number 1.
spanned as (
    select
        *,
        sum(is_after_gap) over (
            partition by account_id
            order by starts_on, until_on, source, fact_id
            rows between unbounded preceding and current row
        ) as span,
    from after_gap
),

ranked as (
    select
        *,
        min(starts_on) over (partition by account_id, span) as span_starts_on,
        max(case when is_paying then 1 else 0 end) over (
            partition by account_id order by span
        ) as has_paid,
        row_number() over (
            partition by account_id, span
            order by until_on desc, starts_at desc, source, fact_id
        ) as place,
    from spanned
),

last_of_span as (
    select
        *,
        lead(span_starts_on) over (partition by account_id order by span) as held_again_on,
    from ranked
    where place = 1
)

select
    account_id,
    currency,
    ends_on as lost_on,
    held_again_on,
    source,
    fact_id,
from last_of_span
where ends_on is not null
  and has_paid = 0

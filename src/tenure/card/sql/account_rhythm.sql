-- account_rhythm: how long each account is usually silent between two days of use.
--
-- Grain    one row per account with at least three silences in the last 180 days
-- Reads    use_day
-- Params   $today date
-- Columns  account_id      varchar  canonical
--          usual_gap_days  bigint   nine of ten silences are no longer than this
-- Refresh  by account
-- Holds    until use_day.day, use_day.day + 180
-- Rule     docs/card-rules.md, "Stage"

with

-- How often each silence came, between two days with use that follow one another.
gap as (
    select
        account_id,
        gap_days,
        count(*) as times,
    from (
        select
            account_id,
            date_diff(
                'day',
                (lag(day) over (partition by account_id order by day))::date,
                day::date
            ) as gap_days,
        from use_day
        where day > $today - 180
          and day <= $today
    ) as followed
    where gap_days is not null
    group by account_id, gap_days
),

ranked as (
    select
        account_id,
        gap_days,
        sum(times) over (
            partition by account_id
            order by gap_days
            rows between unbounded preceding and current row
        ) as place,
        sum(times) over (partition by account_id) as gaps,
    from gap
)

select
    account_id,
    min(gap_days) as usual_gap_days,
from ranked
where gaps >= 3
  and place >= ceil(0.9 * gaps)
group by account_id

-- season_now: how much quieter than before all accounts together are, as in a holiday.
--
-- Grain    one row, or none when nobody used anything in these 112 days
-- Reads    use_day
-- Params   $today date
-- Columns  accounts_compared  bigint  in use all through the 84 days before, in hundreds
--                                     from 200 on
--          season_ratio       double  median of their use in the last 28 days ÷ the 84 before,
--                                     per day, in tenths, at most 1; 1 with fewer than 20 of them
-- Refresh  full
-- Window   114 days
-- Rule     docs/card-rules.md, "Season". The days end with yesterday, and the ratio is rounded, so
--          that it stands still through a day.

with

placed as (
    select
        account_id,
        day,
        events,
    from use_day
    where day > $today - 113
      and day < $today
),

-- Used on more than one day of each of the three spans: its first day there is not its last.
summed as (
    select
        account_id,
        sum(case when day > $today - 29 then events else 0 end) as lately,
        sum(case when day <= $today - 29 then events else 0 end) as before,
        max(case when day <= $today - 85 then day end)
            > min(case when day <= $today - 85 then day end) as is_first_used,
        max(case when day > $today - 85 and day <= $today - 57 then day end)
            > min(case when day > $today - 85 and day <= $today - 57 then day end)
            as is_second_used,
        max(case when day > $today - 57 and day <= $today - 29 then day end)
            > min(case when day > $today - 57 and day <= $today - 29 then day end)
            as is_third_used,
    from placed
    group by account_id
),

ratio as (
    select 3.0 * lately / nullif(before, 0) as ratio,
    from summed
    where is_first_used
      and is_second_used
      and is_third_used
),

whole as (
    select
        count(*) as accounts,
        median(ratio) as ratio,
    from ratio
)

select
    case
        when accounts < 20 then 0
        when accounts < 200 then 20
        else floor(accounts / 100)::bigint * 100
    end as accounts_compared,
    case
        when accounts < 20 then 1.0
        else least(1.0, round(ratio * 10) / 10)
    end::double as season_ratio,
from whole
where exists (select 1 from summed)

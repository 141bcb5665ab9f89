-- review_use: how much each account used the product, by week counted back from its decision.
--
-- Grain    one row per (subject, week) with any use
-- Reads    use_day, reason_subject
-- Params   $time_zone varchar
-- Columns  subject       bigint
--          weeks_before  bigint  0 is the seven days before the day of the decision
--          events        bigint  track, page and screen
-- Rule     docs/reasons.md, "The review sheet": of 26 weeks.

with

counted as (
    select
        reason_subject.subject,
        date_diff(
            'day',
            use_day.day::date,
            (reason_subject.until_at at time zone $time_zone)::date
        ) as days_before,
        use_day.events,
    from use_day
    join reason_subject
        on reason_subject.account_id = use_day.account_id
)

select
    subject,
    floor((days_before - 1) / 7)::bigint as weeks_before,
    sum(events)::bigint as events,
from counted
where days_before between 1 and 182
group by subject, floor((days_before - 1) / 7)::bigint
order by subject, weeks_before

-- card_people: how many people use the product in each account, by week and by longer spans.
--
-- Grain    one row per account with any use in the last 120 days
-- Reads    account_day, person_lately
-- Params   $today date
-- Columns  account_id                  varchar  canonical
--          people_active_this_week     bigint   identified, since Monday
--          people_active_last_week     bigint   in the week before
--          people_active_4_weeks_mean  double   per week, in the four whole weeks before this one
--          people_active_7_days        bigint   identified, today included
--          people_active_28_days       bigint
--          people_active_90_days       bigint
--          visitors_active_28_days     bigint   known by an anonymous id alone
--          active_days_28_days         bigint   days with any use
--          events_7_days               bigint
--          events_28_days              bigint
--          events_90_days              bigint
-- Refresh  with the card
-- Rule     Use is track, page and screen. A window of n days holds today and the n - 1 before it.
--          Weeks begin on Monday.

with

counted as (
    select
        account_id,
        count(*) filter (where is_identified and week_0 = 1) as this_week,
        count(*) filter (where is_identified and week_1 = 1) as last_week,
        sum(case when is_identified then week_1 + week_2 + week_3 + week_4 else 0 end) / 4.0
            as four_weeks_mean,
        count(*) filter (where is_identified and last_on > $today - 7) as people_active_7_days,
        count(*) filter (where is_identified and last_on > $today - 28) as people_active_28_days,
        count(*) filter (where is_identified and last_on > $today - 90) as people_active_90_days,
        count(*) filter (where not is_identified and last_on > $today - 28)
            as visitors_active_28_days,
    from person_lately
    group by account_id
),

spanned as (
    select
        account_id,
        count(*) filter (where day > $today - 28) as active_days_28_days,
        sum(case when day > $today - 7 then events else 0 end)::bigint as events_7_days,
        sum(case when day > $today - 28 then events else 0 end)::bigint as events_28_days,
        sum(case when day > $today - 90 then events else 0 end)::bigint as events_90_days,
    from account_day
    where day > $today - 120
    group by account_id
)

select
    spanned.account_id,
    counted.this_week as people_active_this_week,
    counted.last_week as people_active_last_week,
    counted.four_weeks_mean::double as people_active_4_weeks_mean,
    counted.people_active_7_days,
    counted.people_active_28_days,
    counted.people_active_90_days,
    counted.visitors_active_28_days,
    spanned.active_days_28_days,
    spanned.events_7_days,
    spanned.events_28_days,
    spanned.events_90_days,
from spanned
join counted
    on counted.account_id = spanned.account_id

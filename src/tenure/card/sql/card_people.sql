-- card_people: how many people use the product in each account, by week and by longer spans.
--
-- Grain    one row per account with any use in the last 120 days
-- Reads    account_day, account_person_day
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

-- Who was there in which week: 0 is this one. A person counts once, whatever they did on how many
-- days, and one row for each of them is quicker to count than the days of all.
person as (
    select
        account_id,
        not starts_with(person_id, 'anon:') as is_identified,
        max(day) as last_on,
        max(case when day >= date_trunc('week', $today)::date then 1 else 0 end) as week_0,
        max(case
            when day >= date_trunc('week', $today - 7)::date
                and day < date_trunc('week', $today)::date then 1
            else 0
        end) as week_1,
        max(case
            when day >= date_trunc('week', $today - 14)::date
                and day < date_trunc('week', $today - 7)::date then 1
            else 0
        end) as week_2,
        max(case
            when day >= date_trunc('week', $today - 21)::date
                and day < date_trunc('week', $today - 14)::date then 1
            else 0
        end) as week_3,
        max(case
            when day >= date_trunc('week', $today - 28)::date
                and day < date_trunc('week', $today - 21)::date then 1
            else 0
        end) as week_4,
    from account_person_day
    group by account_id, person_id
),

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
    from person
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

-- card_people: how many people use the product in each account, by week and by longer spans.
--
-- Grain    one row per account with any use in the last 120 days
-- Reads    event_day
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

used as (
    select
        account_id,
        person_id,
        not starts_with(person_id, 'anon:') as is_identified,
        day,
        events,
        date_trunc('week', day)::date as week_on,
    from event_day
    where account_id is not null
      and type in ('track', 'page', 'screen')
      and day > $today - 120
      and day <= $today
),

week as (
    select
        account_id,
        week_on,
        count(distinct case when is_identified then person_id end) as people,
    from used
    group by account_id, week_on
),

weekly as (
    select
        account_id,
        coalesce(max(case when week_on = date_trunc('week', $today)::date then people end), 0)
            as this_week,
        coalesce(max(case when week_on = date_trunc('week', $today - 7)::date then people end), 0)
            as last_week,
        sum(case
            when week_on >= date_trunc('week', $today - 28)::date
                and week_on < date_trunc('week', $today)::date then people
            else 0
        end) / 4.0 as four_weeks_mean,
    from week
    group by account_id
),

spanned as (
    select
        account_id,
        count(distinct case when is_identified and day > $today - 7 then person_id end)
            as people_active_7_days,
        count(distinct case when is_identified and day > $today - 28 then person_id end)
            as people_active_28_days,
        count(distinct case when is_identified and day > $today - 90 then person_id end)
            as people_active_90_days,
        count(distinct case when not is_identified and day > $today - 28 then person_id end)
            as visitors_active_28_days,
        count(distinct case when day > $today - 28 then day end) as active_days_28_days,
        sum(case when day > $today - 7 then events else 0 end)::bigint as events_7_days,
        sum(case when day > $today - 28 then events else 0 end)::bigint as events_28_days,
        sum(case when day > $today - 90 then events else 0 end)::bigint as events_90_days,
    from used
    group by account_id
)

select
    spanned.account_id,
    weekly.this_week as people_active_this_week,
    weekly.last_week as people_active_last_week,
    weekly.four_weeks_mean::double as people_active_4_weeks_mean,
    spanned.people_active_7_days,
    spanned.people_active_28_days,
    spanned.people_active_90_days,
    spanned.visitors_active_28_days,
    spanned.active_days_28_days,
    spanned.events_7_days,
    spanned.events_28_days,
    spanned.events_90_days,
from spanned
join weekly
    on weekly.account_id = spanned.account_id

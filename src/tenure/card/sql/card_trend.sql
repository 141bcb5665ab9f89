-- card_trend: how an account's use of late compares with its own past and with the season.
--
-- Grain    one row per account with any use
-- Reads    event_day, account_person, season_now
-- Params   $today date
-- Columns  account_id             varchar  canonical
--          events_trend_ratio     double   per day, the last 28 days ÷ the up to 84 before
--          people_trend_ratio     double   identified people of 28 days ÷ mean of the 28-day spans
--                                          before
--          features_trend_ratio   double   the same for different event names
--          events_robust_z        double   mean of the last 4 weeks against the 12 before, in
--                                          robust standard deviations
--          trend                  varchar  rising | steady | falling
--          season_ratio           double   what the season leaves of use, at most 1; null when
--                                          nobody was seen for 180 days
--          is_season_own          boolean  known from the account's own last year
--          events_expected_ratio  double   the trend, with the season taken out
--          active_days_before     bigint   with any use, in the 84 days before the last 28
--          usual_gap_days         bigint   nine of ten silences are no longer than this
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Trend" and "Season"

with

began as (
    select
        account_id,
        min(first_on) as first_on,
        max(last_on) > $today - 180 as is_seen_lately,
        least(84, date_diff('day', min(first_on)::date, ($today - 27)::date)) as days_before,
    from account_person
    group by account_id
),

used as (
    select
        account_id,
        person_id,
        name,
        day,
        events,
        date_diff('day', day::date, $today::date) as age_days,
    from event_day
    where account_id is not null
      and type in ('track', 'page', 'screen')
      and day > $today - 112
      and day <= $today
),

-- Spans of 28 days: 0 is the last, 3 the first.
span as (
    select
        account_id,
        floor(age_days / 28)::bigint as span,
        sum(events) as events,
        count(distinct case
            when not starts_with(person_id, 'anon:') then person_id
        end) as people,
        count(distinct name) as names,
    from used
    group by account_id, floor(age_days / 28)::bigint
),

spanned as (
    select
        span.account_id,
        sum(case when span.span = 0 then span.events else 0 end) as events_lately,
        sum(case when span.span > 0 then span.events else 0 end) as events_before,
        sum(case when span.span = 0 then span.people else 0 end) as people_lately,
        sum(case when span.span > 0 and span.span * 28 <= began.days_before then span.people else 0
            end) as people_before,
        sum(case when span.span = 0 then span.names else 0 end) as names_lately,
        sum(case when span.span > 0 and span.span * 28 <= began.days_before then span.names else 0
            end) as names_before,
    from span
    join began
        on began.account_id = span.account_id
    group by span.account_id
),

active as (
    select
        account_id,
        count(distinct case when age_days >= 28 then day end) as active_days_before,
    from used
    group by account_id
),

-- Sixteen weeks back from today, the empty ones too.
age_of_week as (
    select week::bigint as week
    from (select unnest(generate_series(0, 15, 1)) as week) as numbered
),

week as (
    select
        began.account_id,
        age_of_week.week,
        coalesce(counted.events, 0) as events,
    from began
    cross join age_of_week
    left join (
        select account_id, floor(age_days / 7)::bigint as week, sum(events) as events,
        from used
        group by account_id, floor(age_days / 7)::bigint
    ) as counted
        on  counted.account_id = began.account_id
        and counted.week = age_of_week.week
    where began.days_before >= 84
      and exists (select 1 from active where active.account_id = began.account_id)
),

middle as (
    select
        account_id,
        avg(case when week < 4 then events end) as lately,
        median(case when week >= 4 then events end) as usual,
    from week
    group by account_id
),

spread as (
    select
        week.account_id,
        median(abs(week.events - middle.usual)) as deviation,
    from week
    join middle
        on middle.account_id = week.account_id
    where week.week >= 4
    group by week.account_id
),

-- The same spans a year before: 364 days keep the weekdays.
year_before as (
    select
        account_id,
        sum(case when day > $today - 392 then events else 0 end) as lately,
        sum(case when day <= $today - 392 then events else 0 end) as before,
        count(distinct case when day <= $today - 392 then day end) as active_days,
    from event_day
    where account_id is not null
      and type in ('track', 'page', 'screen')
      and day > $today - 476
      and day <= $today - 364
    group by account_id
),

season as (
    select
        began.account_id,
        case
            when began.first_on <= $today - 448 and year_before.active_days >= 12
                then least(1.0, 3.0 * year_before.lately / nullif(year_before.before, 0))
        end as own_ratio,
    from began
    left join year_before
        on year_before.account_id = began.account_id
),

common as (
    select coalesce(min(season_ratio), 1.0) as season_ratio,
    from season_now
),

seen as (
    select distinct
        account_id,
        day,
    from event_day
    where account_id is not null
      and type in ('track', 'page', 'screen')
      and day > $today - 180
      and day <= $today
),

gap as (
    select
        account_id,
        date_diff(
            'day', (lag(day) over (partition by account_id order by day))::date, day::date
        ) as gap_days,
    from seen
),

ranked as (
    select
        account_id,
        gap_days,
        row_number() over (partition by account_id order by gap_days) as place,
        count(*) over (partition by account_id) as gaps,
    from gap
    where gap_days is not null
),

rhythm as (
    select
        account_id,
        min(gap_days) as usual_gap_days,
    from ranked
    where gaps >= 3
      and place >= ceil(0.9 * gaps)
    group by account_id
),

compared as (
    select
        began.account_id,
        case
            when began.days_before >= 28 then
                (coalesce(spanned.events_lately, 0) / 28.0)
                / nullif(spanned.events_before * 1.0 / nullif(began.days_before, 0), 0)
        end::double as events_ratio,
        case
            when began.days_before >= 28 then
                coalesce(spanned.people_lately, 0)
                / nullif(spanned.people_before * 1.0 / nullif(floor(began.days_before / 28), 0), 0)
        end::double as people_ratio,
        case
            when began.days_before >= 28 then
                coalesce(spanned.names_lately, 0)
                / nullif(spanned.names_before * 1.0 / nullif(floor(began.days_before / 28), 0), 0)
        end::double as features_ratio,
    from began
    left join spanned
        on spanned.account_id = began.account_id
)

select
    began.account_id,
    compared.events_ratio as events_trend_ratio,
    compared.people_ratio as people_trend_ratio,
    compared.features_ratio as features_trend_ratio,
    ((middle.lately - middle.usual) / nullif(greatest(1.4826 * spread.deviation, 1.0), 0))::double
        as events_robust_z,
    case
        when compared.events_ratio >= 1.25 then 'rising'
        when compared.events_ratio <= 0.75 then 'falling'
        when compared.events_ratio is not null then 'steady'
    end as trend,
    case
        when began.is_seen_lately then coalesce(season.own_ratio, common.season_ratio)
    end::double as season_ratio,
    case when began.is_seen_lately then season.own_ratio is not null end as is_season_own,
    (
        compared.events_ratio
        / nullif(greatest(coalesce(season.own_ratio, common.season_ratio), 0.05), 0)
    )::double as events_expected_ratio,
    coalesce(active.active_days_before, 0) as active_days_before,
    rhythm.usual_gap_days,
from began
cross join common
left join compared
    on compared.account_id = began.account_id
left join middle
    on middle.account_id = began.account_id
left join spread
    on spread.account_id = began.account_id
left join season
    on season.account_id = began.account_id
left join active
    on active.account_id = began.account_id
left join rhythm
    on rhythm.account_id = began.account_id

-- card_trend: how an account's use of late compares with its own past and with the season.
--
-- Grain    one row per account with any use
-- Reads    account_day, account_rhythm, account_span, feature_lately, person_lately, season_now,
--          use_day
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
        first_on,
        last_on > $today - 180 as is_seen_lately,
        least(84, date_diff('day', first_on::date, ($today - 27)::date)) as days_before,
    from account_span
),

-- Of sixteen weeks back from today the last four, and the twelve before, the empty ones too.
used as (
    select
        account_id,
        sum(case when day > $today - 28 then events else 0 end) as events_lately,
        sum(case when day <= $today - 28 then events else 0 end) as events_before,
        count(*) filter (where day <= $today - 28) as active_days_before,
        [
            sum(case when day > $today - 35 and day <= $today - 28 then events else 0 end),
            sum(case when day > $today - 42 and day <= $today - 35 then events else 0 end),
            sum(case when day > $today - 49 and day <= $today - 42 then events else 0 end),
            sum(case when day > $today - 56 and day <= $today - 49 then events else 0 end),
            sum(case when day > $today - 63 and day <= $today - 56 then events else 0 end),
            sum(case when day > $today - 70 and day <= $today - 63 then events else 0 end),
            sum(case when day > $today - 77 and day <= $today - 70 then events else 0 end),
            sum(case when day > $today - 84 and day <= $today - 77 then events else 0 end),
            sum(case when day > $today - 91 and day <= $today - 84 then events else 0 end),
            sum(case when day > $today - 98 and day <= $today - 91 then events else 0 end),
            sum(case when day > $today - 105 and day <= $today - 98 then events else 0 end),
            sum(case when day <= $today - 105 then events else 0 end)
        ] as weeks,
    from account_day
    where day > $today - 112
    group by account_id
),

people as (
    select
        person_lately.account_id,
        sum(span_0) as lately,
        sum(case when began.days_before >= 28 then span_1 else 0 end)
            + sum(case when began.days_before >= 56 then span_2 else 0 end)
            + sum(case when began.days_before >= 84 then span_3 else 0 end) as before,
    from person_lately
    join began
        on began.account_id = person_lately.account_id
    where person_lately.is_identified
    group by person_lately.account_id
),

week as (
    select
        used.account_id,
        unnest(used.weeks) as events,
    from used
    join began
        on began.account_id = used.account_id
    where began.days_before >= 84
),

middle as (
    select
        account_id,
        median(events) as usual,
    from week
    group by account_id
),

spread as (
    select
        week.account_id,
        max(middle.usual) as usual,
        median(abs(week.events - middle.usual)) as deviation,
    from week
    join middle
        on middle.account_id = week.account_id
    group by week.account_id
),

-- The same spans a year before: 364 days keep the weekdays.
year_before as (
    select
        account_id,
        sum(case when day > $today - 392 then events else 0 end) as lately,
        sum(case when day <= $today - 392 then events else 0 end) as before,
        count(*) filter (where day <= $today - 392) as active_days,
    from use_day
    where day > $today - 476
      and day <= $today - 364
    group by account_id
),

common as (
    select coalesce(min(season_ratio), 1.0) as season_ratio,
    from season_now
),

compared as (
    select
        began.account_id,
        began.is_seen_lately,
        case
            when began.days_before >= 28 then
                (coalesce(used.events_lately, 0) / 28.0)
                / nullif(used.events_before * 1.0 / nullif(began.days_before, 0), 0)
        end::double as events_ratio,
        case
            when began.days_before >= 28 then
                coalesce(people.lately, 0)
                / nullif(people.before * 1.0 / nullif(floor(began.days_before / 28), 0), 0)
        end::double as people_ratio,
        case
            when began.days_before >= 28 then
                coalesce(feature_lately.span_0, 0)
                / nullif(
                    (
                        feature_lately.span_1
                        + case when began.days_before >= 56 then feature_lately.span_2 else 0 end
                        + case when began.days_before >= 84 then feature_lately.span_3 else 0 end
                    ) * 1.0 / nullif(floor(began.days_before / 28), 0),
                    0
                )
        end::double as features_ratio,
        (
            (used.events_lately / 4.0 - spread.usual)
            / nullif(greatest(1.4826 * spread.deviation, 1.0), 0)
        )::double as robust_z,
        coalesce(used.active_days_before, 0) as active_days_before,
        case
            when began.first_on <= $today - 448 and year_before.active_days >= 12
                then least(1.0, 3.0 * year_before.lately / nullif(year_before.before, 0))
        end as own_season_ratio,
        common.season_ratio as common_season_ratio,
    from began
    cross join common
    left join used
        on used.account_id = began.account_id
    left join people
        on people.account_id = began.account_id
    left join feature_lately
        on feature_lately.account_id = began.account_id
    left join spread
        on spread.account_id = began.account_id
    left join year_before
        on year_before.account_id = began.account_id
)

select
    compared.account_id,
    compared.events_ratio as events_trend_ratio,
    compared.people_ratio as people_trend_ratio,
    compared.features_ratio as features_trend_ratio,
    compared.robust_z as events_robust_z,
    case
        when compared.events_ratio >= 1.25 then 'rising'
        when compared.events_ratio <= 0.75 then 'falling'
        when compared.events_ratio is not null then 'steady'
    end as trend,
    case
        when compared.is_seen_lately
            then coalesce(compared.own_season_ratio, compared.common_season_ratio)
    end::double as season_ratio,
    case when compared.is_seen_lately then compared.own_season_ratio is not null end
        as is_season_own,
    (
        compared.events_ratio
        / nullif(
            greatest(coalesce(compared.own_season_ratio, compared.common_season_ratio), 0.05), 0
        )
    )::double as events_expected_ratio,
    compared.active_days_before,
    account_rhythm.usual_gap_days,
from compared
left join account_rhythm
    on account_rhythm.account_id = compared.account_id

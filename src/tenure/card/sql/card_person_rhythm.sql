-- card_person_rhythm: what each person does lately, against their own habit and their colleagues.
--
-- Grain    one row per identified person
-- Reads    person_known, event_day, account_person, person_place, product_feature
-- Params   $today date
-- Columns  person_id                  varchar  canonical
--          active_days_28_days        bigint   with any use, anywhere
--          active_days_before         bigint   in the 84 days before those
--          events_28_days             bigint
--          features_used_28_days      bigint   declared ones; all names where none is
--          account_use_share_28_days  double   of what identified people did in their account
--          usual_gap_days             bigint   nine of ten silences are no longer than this
--          stage                      varchar  new | active | fading | lapsed | left
-- Refresh  with the card
-- Rule     docs/card-rules.md, "People"

with

used as (
    select
        account_id,
        person_id,
        name,
        day,
        events,
    from event_day
    where person_id is not null
      and not starts_with(person_id, 'anon:')
      and type in ('track', 'page', 'screen')
      and day > $today - 112
      and day <= $today
),

counted as (
    select
        person_id,
        count(distinct case when day > $today - 28 then day end) as days_lately,
        count(distinct case when day <= $today - 28 then day end) as days_before,
        sum(case when day > $today - 28 then events else 0 end)::bigint as events,
    from used
    group by person_id
),

named as (
    select
        used.person_id,
        product_feature.feature,
    from used
    join product_feature
        on product_feature.event = used.name
    where used.day > $today - 28

    union

    select
        person_id,
        name as feature,
    from used
    where day > $today - 28
      and name is not null
      and not exists (select 1 from product_feature)
),

featured as (
    select
        person_id,
        count(*) as features,
    from named
    group by person_id
),

shared as (
    select
        account_id,
        person_id,
        sum(events) as events,
    from used
    where day > $today - 28
      and account_id is not null
    group by account_id, person_id
),

share as (
    select
        account_id,
        person_id,
        events * 1.0 / nullif(sum(events) over (partition by account_id), 0) as share,
    from shared
),

seen as (
    select distinct
        person_id,
        day,
    from used
),

gap as (
    select
        person_id,
        date_diff(
            'day', (lag(day) over (partition by person_id order by day))::date, day::date
        ) as gap_days,
    from seen
),

ranked as (
    select
        person_id,
        gap_days,
        row_number() over (partition by person_id order by gap_days) as place,
        count(*) over (partition by person_id) as gaps,
    from gap
    where gap_days is not null
),

rhythm as (
    select
        person_id,
        min(gap_days) as usual_gap_days,
    from ranked
    where gaps >= 3
      and place >= ceil(0.9 * gaps)
    group by person_id
),

ever as (
    select
        person_id,
        min(first_on) as first_on,
        max(last_on) as last_on,
    from account_person
    where person_id is not null
    group by person_id
),

told as (
    select
        person_known.person_id,
        coalesce(ever.first_on, person_known.known_on) as began_on,
        date_diff('day', ever.last_on::date, $today::date) as silent_days,
        coalesce(counted.days_lately, 0) as days_lately,
        coalesce(counted.days_before, 0) as days_before,
        coalesce(counted.events, 0) as events,
        rhythm.usual_gap_days,
        person_place.account_id,
        coalesce(person_place.is_member, true) as is_member,
    from person_known
    left join ever
        on ever.person_id = person_known.person_id
    left join counted
        on counted.person_id = person_known.person_id
    left join rhythm
        on rhythm.person_id = person_known.person_id
    left join person_place
        on person_place.person_id = person_known.person_id
)

select
    told.person_id,
    told.days_lately as active_days_28_days,
    told.days_before as active_days_before,
    told.events as events_28_days,
    coalesce(featured.features, 0) as features_used_28_days,
    coalesce(share.share, case when told.account_id is not null then 0 end)::double
        as account_use_share_28_days,
    told.usual_gap_days,
    case
        when not told.is_member then 'left'
        when told.began_on > $today - 28 then 'new'
        when told.silent_days is null then 'lapsed'
        when told.silent_days > greatest(60, 4 * coalesce(told.usual_gap_days, 15)) then 'lapsed'
        when told.silent_days > greatest(14, 2 * coalesce(told.usual_gap_days, 14)) then 'fading'
        when told.days_before >= 6 and told.days_lately * 6 < told.days_before then 'fading'
        else 'active'
    end as stage,
from told
left join featured
    on featured.person_id = told.person_id
left join share
    on  share.person_id = told.person_id
    and share.account_id = told.account_id

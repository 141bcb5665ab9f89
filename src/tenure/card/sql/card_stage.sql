-- card_stage: at which point of its life with us each account is.
--
-- Grain    one row per known account
-- Reads    account_known, account_span, card_standing, card_terms, card_trend, season_now
-- Params   $today date
-- Columns  account_id     varchar  canonical
--          stage          varchar  new | active | fading | lapsed | leaving | left
--          began_on       date     first use or first subscription
--          stage_because  varchar  the rule that decided, in a word
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Stage": the first rule that holds decides.

with

measured as (
    select count(*) > 0 as is_use_measured,
    from season_now
),

told as (
    select
        account_known.account_id,
        card_standing.status,
        least(account_span.first_on, card_standing.held_since_on) as began_on,
        account_known.known_on,
        card_standing.held_until_on <= $today as has_ended,
        coalesce(card_terms.is_paused, false) as is_paused,
        date_diff('day', account_span.last_on::date, $today::date) as silent_days,
        greatest(14, 2 * coalesce(card_trend.usual_gap_days, 14)) as quiet_after_days,
        greatest(60, 4 * coalesce(card_trend.usual_gap_days, 15))
            * case when card_trend.season_ratio < 0.5 then 2 else 1 end as lapsed_after_days,
        coalesce(card_trend.season_ratio, 1.0) as season_ratio,
        card_trend.events_expected_ratio,
        coalesce(card_trend.active_days_before, 0) as active_days_before,
        measured.is_use_measured,
    from account_known
    cross join measured
    left join account_span
        on account_span.account_id = account_known.account_id
    left join card_standing
        on card_standing.account_id = account_known.account_id
    left join card_terms
        on card_terms.account_id = account_known.account_id
    left join card_trend
        on card_trend.account_id = account_known.account_id
),

decided as (
    select
        account_id,
        began_on,
        case
            when status = 'leaving' then 'notice'
            when status = 'left' then 'left'
            when status = 'never_paid' and has_ended then 'trial_ended'
            when is_paused then 'paused'
            when coalesce(began_on, known_on) > $today - 28 then 'began'
            when not is_use_measured then 'unmeasured'
            when silent_days is null then 'never_seen'
            when silent_days > lapsed_after_days then 'silent'
            when silent_days > quiet_after_days and season_ratio >= 0.5 then 'quiet'
            when active_days_before >= 6 and events_expected_ratio < 0.6 then 'less_use'
            else 'in_use'
        end as because,
    from told
)

select
    account_id,
    case
        when because = 'notice' then 'leaving'
        when because in ('left', 'trial_ended') then 'left'
        when because = 'began' then 'new'
        when because in ('never_seen', 'silent') then 'lapsed'
        when because in ('quiet', 'less_use') then 'fading'
        else 'active'
    end as stage,
    began_on,
    because as stage_because,
from decided

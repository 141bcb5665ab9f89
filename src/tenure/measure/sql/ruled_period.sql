-- ruled_period: subscription_period as another rule set sees it.
--
-- Grain    one row per unbroken stretch of a period; a pause that does not count breaks a period
-- Reads    subscription_period, billing_fact, identity_link
-- Params   $time_zone varchar, $churn_at_notice boolean, $past_due_days integer,
--          $paused_counts boolean, $trial_counts boolean
-- Columns  account_id              varchar
--          source                  varchar
--          subscription_id         varchar
--          basis                   varchar
--          status                  varchar
--          is_paying               boolean
--          starts_at               timestamptz  of the whole period
--          starts_on               date
--          ends_on                 date
--          plan                    varchar
--          billing_interval        varchar
--          billing_interval_count  integer
--          quantity                bigint
--          mrr_minor               bigint
--          currency                varchar
--          attributes              varchar
--          fact_id                 varchar
-- Rule     docs/metrics/rule-sets.md; past_due_days below 0 means for ever

with

held as (
    select
        period.account_id,
        period.source,
        period.subscription_id,
        period.basis,
        period.status,
        period.is_paying or (
            $trial_counts
            and period.status = 'trialing'
            and coalesce(billing_fact.mrr_minor, 0) > 0
        ) as is_paying,
        period.starts_at,
        period.starts_on,
        least(
            period.ends_on,
            case
                when $churn_at_notice and period.notice_at is not null then greatest(
                    cast(period.notice_at at time zone $time_zone as date), period.starts_on
                )
            end
        ) as ends_on,
        period.plan,
        period.billing_interval,
        period.billing_interval_count,
        period.quantity,
        case
            when period.is_paying then period.mrr_minor
            else coalesce(billing_fact.mrr_minor, 0)
        end as mrr_minor,
        period.currency,
        period.attributes,
        period.fact_id,
    from subscription_period as period
    left join billing_fact
        on  billing_fact.source = period.source
        and billing_fact.fact_key = period.fact_id
        and period.status = 'trialing'
    where period.ends_on is null
       or period.ends_on > period.starts_on
),

-- A past-due spell can go over several versions; its days count from its first.
spell as (
    select
        *,
        max(case when status <> 'past_due' then starts_at end) over (
            partition by source, account_id, subscription_id, basis
            order by starts_at, fact_id
            rows between unbounded preceding and current row
        ) as spell_after,
    from held
),

due as (
    select
        *,
        min(starts_on) over (
            partition by source, account_id, subscription_id, basis, spell_after, status
        ) as spell_starts_on,
    from spell
),

cut as (
    select
        account_id,
        source,
        subscription_id,
        basis,
        status,
        is_paying,
        starts_at,
        starts_on,
        case
            when status = 'past_due' and cast($past_due_days as integer) >= 0 then greatest(
                least(ends_on, spell_starts_on + cast($past_due_days as integer)), starts_on
            )
            else ends_on
        end as ends_on,
        plan,
        billing_interval,
        billing_interval_count,
        quantity,
        mrr_minor,
        currency,
        attributes,
        fact_id,
    from due
),

pause_fact as (
    select
        billing_fact.source,
        coalesce(link.canonical_id, billing_fact.account_key) as account_id,
        coalesce(billing_fact.subscription_id, billing_fact.account_key) as subscription_id,
        billing_fact.kind,
        billing_fact.effective_at,
        billing_fact.ends_at,
        lead(billing_fact.effective_at) over (
            partition by
                billing_fact.source,
                coalesce(link.canonical_id, billing_fact.account_key),
                coalesce(billing_fact.subscription_id, billing_fact.account_key)
            order by billing_fact.effective_at, billing_fact.known_at, billing_fact.message_id
        ) as next_at,
    from billing_fact
    left join identity_link as link
        on  link.kind = 'account'
        and link.raw_id = billing_fact.account_key
    where billing_fact.kind in ('pause', 'resume')
      and not $paused_counts
),

pause as (
    select
        source,
        account_id,
        subscription_id,
        cast(effective_at at time zone $time_zone as date) as pauses_on,
        cast(least(ends_at, next_at) at time zone $time_zone as date) as resumes_on,
    from pause_fact
    where kind = 'pause'
),

paused as (
    select
        cut.source,
        cut.fact_id,
        greatest(pause.pauses_on, cut.starts_on) as pauses_on,
        coalesce(pause.resumes_on, date '9999-12-31') as resumes_on,
    from cut
    join pause
        on  pause.source = cut.source
        and pause.account_id = cut.account_id
        and pause.subscription_id = cut.subscription_id
        and (cut.ends_on is null or pause.pauses_on < cut.ends_on)
        and (pause.resumes_on is null or pause.resumes_on > cut.starts_on)
        and (pause.resumes_on is null or pause.resumes_on > pause.pauses_on)
    where cut.is_paying
),

-- What is left of a period before its first pause, between two, and after the last.
stretch as (
    select
        source,
        fact_id,
        lag(resumes_on) over (
            partition by source, fact_id
            order by pauses_on
        ) as starts_on,
        pauses_on as ends_on,
    from paused

    union all

    select
        source,
        fact_id,
        max(resumes_on) as starts_on,
        cast(null as date) as ends_on,
    from paused
    group by source, fact_id
    having max(resumes_on) < date '9999-12-31'
)

select
    cut.account_id,
    cut.source,
    cut.subscription_id,
    cut.basis,
    cut.status,
    cut.is_paying,
    cut.starts_at,
    coalesce(stretch.starts_on, cut.starts_on) as starts_on,
    coalesce(stretch.ends_on, cut.ends_on) as ends_on,
    cut.plan,
    cut.billing_interval,
    cut.billing_interval_count,
    cut.quantity,
    cut.mrr_minor,
    cut.currency,
    cut.attributes,
    cut.fact_id,
from cut
left join stretch
    on  stretch.source = cut.source
    and stretch.fact_id = cut.fact_id
where coalesce(stretch.ends_on, cut.ends_on) is null
   or coalesce(stretch.ends_on, cut.ends_on) > coalesce(stretch.starts_on, cut.starts_on)

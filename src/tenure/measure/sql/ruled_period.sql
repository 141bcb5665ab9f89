-- ruled_period: subscription_period as another rule set sees it.
--
-- Grain    one row per unbroken stretch of a period; a pause that does not count breaks a period
-- Reads    subscription_period, due_spell, pause_span
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

cut as (
    select
        period.account_id,
        period.source,
        period.subscription_id,
        period.basis,
        period.status,
        period.is_paying or (
            $trial_counts
            and period.status = 'trialing'
            and coalesce(period.priced_minor, 0) > 0
        ) as is_paying,
        period.starts_at,
        period.starts_on,
        least(
            period.ends_on,
            case
                when $churn_at_notice
                    then cast(period.notice_at at time zone $time_zone as date)
            end,
            due_spell.spell_starts_on + cast($past_due_days as integer)
        ) as ends_on,
        period.plan,
        period.billing_interval,
        period.billing_interval_count,
        period.quantity,
        case
            when period.is_paying then period.mrr_minor
            else coalesce(period.priced_minor, 0)
        end as mrr_minor,
        period.currency,
        period.attributes,
        period.fact_id,
    from subscription_period as period
    left join due_spell
        on  due_spell.source = period.source
        and due_spell.fact_id = period.fact_id
    where period.ends_on is null
       or period.ends_on > period.starts_on
),

paused as (
    select
        cut.source,
        cut.fact_id,
        greatest(pause_span.pauses_on, cut.starts_on) as pauses_on,
        coalesce(pause_span.resumes_on, date '9999-12-31') as resumes_on,
    from cut
    join pause_span
        on  pause_span.source = cut.source
        and pause_span.account_id = cut.account_id
        and pause_span.subscription_id = cut.subscription_id
        and (cut.ends_on is null or pause_span.pauses_on < cut.ends_on)
        and coalesce(pause_span.resumes_on, date '9999-12-31') > cut.starts_on
        and coalesce(pause_span.resumes_on, date '9999-12-31') > pause_span.pauses_on
    where cut.is_paying
      and not $paused_counts
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

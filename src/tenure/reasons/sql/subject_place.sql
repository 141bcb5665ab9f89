-- subject_place: on which plan each subject was on the day before its time, and since when it paid.
--
-- Grain    one row per subject that paid anything on that day
-- Reads    lead_period, subscription_period, mrr_movement, reason_subject
-- Params   $time_zone varchar
-- Columns  subject          bigint
--          plan             varchar  of the period with the largest MRR; empty where it names none
--          paying_since_on  date     first day of the spell of paying; null where nothing says it
-- Rule     docs/reasons.md. The day of the decision itself is left out, as of what they paid.

with

until_day as (
    select
        subject,
        account_id,
        (until_at at time zone $time_zone)::date as day,
    from reason_subject
),

led as (
    select
        until_day.subject,
        lead_period.account_id,
        lead_period.currency,
        lead_period.source,
        lead_period.fact_id,
        lead_period.mrr_minor,
        row_number() over (
            partition by until_day.subject, lead_period.currency
            order by lead_period.day desc
        ) as place,
    from until_day
    join lead_period
        on  lead_period.account_id = until_day.account_id
        and lead_period.day < until_day.day
),

largest as (
    select
        subject,
        account_id,
        source,
        fact_id,
        row_number() over (partition by subject order by mrr_minor desc, currency) as place,
    from led
    where place = 1
      and fact_id is not null
),

begun as (
    select
        until_day.subject,
        max(mrr_movement.moved_on) as paying_since_on,
    from until_day
    join mrr_movement
        on  mrr_movement.account_id = until_day.account_id
        and mrr_movement.moved_on < until_day.day
        and mrr_movement.kind in ('new', 'reactivation')
    group by until_day.subject
)

select
    largest.subject,
    coalesce(subscription_period.plan, '') as plan,
    begun.paying_since_on,
from largest
join subscription_period
    on  subscription_period.account_id = largest.account_id
    and subscription_period.source = largest.source
    and subscription_period.fact_id = largest.fact_id
left join begun
    on begun.subject = largest.subject
where largest.place = 1

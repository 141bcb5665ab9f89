-- pause_span: when a subscription is paused.
--
-- Grain    one row per pause; those of a subscription do not overlap
-- Reads    billing_fact, identity_link
-- Params   $time_zone varchar
-- Columns  account_id       varchar
--          source           varchar
--          subscription_id  varchar
--          pauses_on        date     in the company's zone
--          resumes_on       date     first day at whose end it runs again; null: not known yet
--          fact_id          varchar
-- Refresh  by account
-- Rule     docs/metrics/mrr.md, "Pauses"

with

fact as (
    select
        billing_fact.source,
        coalesce(link.canonical_id, billing_fact.account_key) as account_id,
        coalesce(billing_fact.subscription_id, billing_fact.account_key) as subscription_id,
        billing_fact.fact_key,
        billing_fact.kind,
        billing_fact.effective_at,
        billing_fact.ends_at,
        billing_fact.known_at,
        billing_fact.message_id,
    from billing_fact
    left join identity_link as link
        on  link.kind = 'account'
        and link.raw_id = billing_fact.account_key
    where billing_fact.kind in ('pause', 'resume')
),

turn as (
    select
        *,
        lead(effective_at) over (
            partition by source, account_id, subscription_id
            order by effective_at, known_at, message_id
        ) as next_at,
    from fact
)

select
    account_id,
    source,
    subscription_id,
    cast(effective_at at time zone $time_zone as date) as pauses_on,
    cast(least(ends_at, next_at) at time zone $time_zone as date) as resumes_on,
    fact_key as fact_id,
from turn
where kind = 'pause'

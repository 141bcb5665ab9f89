-- save_fact: what was said of ends, notices and payments of the accounts of saves.
--
-- Grain    one row per such fact of a followed account, less what came long before
-- Reads    billing_fact, identity_link, followed_account
-- Params   $time_zone varchar
-- Columns  account_id       varchar      canonical
--          source           varchar
--          subscription_id  varchar      the account's key where the fact names none
--          version_key      varchar      null: of the whole subscription
--          kind             varchar      end | notice | payment_failed | payment_succeeded
--          effective_at     timestamptz
--          day              date         of effective_at, in the company's zone
--          ends_on          date         of a notice; null: it was withdrawn
--          is_day_only      boolean      midnight stands for a day without an hour
--          fact_id          varchar
-- Rule     docs/saves.md, "What a check asks"

with

told as (
    select
        coalesce(link.canonical_id, billing_fact.account_key) as account_id,
        billing_fact.source,
        coalesce(billing_fact.subscription_id, billing_fact.account_key) as subscription_id,
        billing_fact.version_key,
        billing_fact.kind,
        billing_fact.effective_at,
        (billing_fact.effective_at at time zone $time_zone)::date as day,
        (billing_fact.ends_at at time zone $time_zone)::date as ends_on,
        (billing_fact.effective_at at time zone $time_zone)
            = (billing_fact.effective_at at time zone $time_zone)::date::timestamp as is_day_only,
        billing_fact.fact_key as fact_id,
        billing_fact.known_at,
        billing_fact.message_id,
    from billing_fact
    left join identity_link as link
        on  link.kind = 'account'
        and link.raw_id = billing_fact.account_key
    where billing_fact.kind in ('end', 'notice', 'payment_failed', 'payment_succeeded')
)

select
    told.account_id,
    told.source,
    told.subscription_id,
    told.version_key,
    told.kind,
    told.effective_at,
    told.day,
    told.ends_on,
    told.is_day_only,
    told.fact_id,
from told
join followed_account
    on followed_account.account_id = told.account_id
where told.day >= followed_account.since_on
order by told.account_id, told.effective_at, told.known_at, told.message_id

-- billing_fact: what is known of subscriptions and invoice lines, the last word on each fact.
--
-- Grain    one row per (source, fact_key) that has not been taken back
-- Reads    billing_fact_row
-- Params   none
-- Columns  message_id              varchar
--          source                  varchar
--          fact_key                varchar
--          is_void                 boolean
--          kind                    varchar
--          account_key             varchar
--          subscription_id         varchar
--          version_key             varchar
--          effective_at            timestamptz
--          ends_at                 timestamptz
--          known_at                timestamptz
--          received_at             timestamptz
--          status                  varchar
--          plan                    varchar
--          billing_interval        varchar
--          billing_interval_count  integer
--          quantity                bigint
--          amount_minor            bigint
--          mrr_minor               bigint
--          currency                varchar
--          attributes              varchar
--          source_ref              varchar
--          batch                   bigint
-- Rule     docs/architecture.md, "Reading": the last received row of a fact holds; of rows received
--          together the one of the later batch, then the later known, then the greater message_id

with

ranked as (
    select
        *,
        row_number() over (
            partition by source, fact_key
            order by received_at desc, batch desc, known_at desc, message_id desc
        ) as place,
    from billing_fact_row
)

select
    message_id,
    source,
    fact_key,
    is_void,
    kind,
    account_key,
    subscription_id,
    version_key,
    effective_at,
    ends_at,
    known_at,
    received_at,
    status,
    plan,
    billing_interval,
    billing_interval_count,
    quantity,
    amount_minor,
    mrr_minor,
    currency,
    attributes,
    source_ref,
    batch,
from ranked
where place = 1
  and not is_void

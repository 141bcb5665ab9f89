-- watched_fact: the billing facts of some batches, as they were shipped, for the kinds of signal.
--
-- Grain    one row per (source, message_id)
-- Reads    billing_fact_row
-- Params   $after_batch bigint, $last_batch bigint
-- Columns  message_id       varchar
--          source           varchar
--          fact_key         varchar
--          is_void          boolean
--          kind             varchar
--          account_key      varchar
--          subscription_id  varchar
--          version_key      varchar
--          effective_at     timestamptz
--          ends_at          timestamptz
--          known_at         timestamptz
--          received_at      timestamptz
--          status           varchar
--          plan             varchar
--          quantity         bigint
--          mrr_minor        bigint
--          attributes       varchar
--          batch            bigint
-- Rule     docs/signals.md

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
    quantity,
    mrr_minor,
    attributes,
    batch,
from billing_fact_row
where batch > $after_batch
  and batch <= $last_batch

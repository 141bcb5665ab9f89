-- account_fact: all that billing said of some accounts, every word on each fact.
--
-- Grain    one row per (source, message_id)
-- Reads    billing_fact_row
-- Params   $account_keys varchar[], $last_batch bigint, $until_at timestamptz    (raw ids)
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
-- Rule     docs/signals.md. Earlier words stay in: they were all that was known then.

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
from billing_fact_row
where batch <= $last_batch
  and known_at <= $until_at
  and account_key in (select unnest($account_keys))

-- exported_fact: what billing said of an account, as it arrived, the oldest first.
--
-- Grain    one row per (source, message_id)
-- Reads    billing_fact
-- Params   $account_keys varchar[]
-- Columns  effective_at     timestamptz
--          kind             varchar
--          account_key      varchar
--          subscription_id  varchar
--          status           varchar
--          plan             varchar
--          ends_at          timestamptz
--          amount_minor     bigint
--          mrr_minor        bigint
--          currency         varchar
--          quantity         bigint
--          attributes       varchar
--          source           varchar
--          message_id       varchar
-- Rule     Of each fact the last word that is known.

select
    effective_at,
    kind,
    account_key,
    subscription_id,
    status,
    plan,
    ends_at,
    amount_minor,
    mrr_minor,
    currency,
    quantity,
    attributes,
    source,
    message_id,
from billing_fact
where account_key in (select unnest($account_keys))
order by effective_at, message_id

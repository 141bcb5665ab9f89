-- staged_fact: a billing fact that a row makes, with the digest of what it says.
--
-- Grain    one row per part of a row of the file
-- Reads    fact_part
-- Params   none
-- Columns  position                bigint
--          part                    varchar
--          said                    varchar    digest; `void` for a part that is not there
--          kind                    varchar
--          subject                 varchar
--          account_key             varchar
--          subscription_id         varchar
--          version_key             varchar
--          effective_at            timestamptz
--          ends_at                 timestamptz
--          recorded_at             timestamptz
--          known_at                timestamptz
--          status                  varchar
--          plan                    varchar
--          billing_interval        varchar
--          billing_interval_count  integer
--          quantity                bigint
--          amount_minor            bigint
--          mrr_minor               bigint
--          currency                varchar
--          attributes              varchar
-- Portable no: it runs while a file is imported, never on the lake
-- Rule     docs/import.md, "Loading twice"

select
    position,
    part,
    case
        when is_absent then 'void'
        else left(md5(to_json([
            kind, subject, account_key, subscription_id, version_key, effective_at::varchar,
            ends_at::varchar, recorded_at::varchar, known_at::varchar, status, plan,
            billing_interval, billing_interval_count::varchar, quantity::varchar,
            amount_minor::varchar, mrr_minor::varchar, currency, attributes,
        ])::varchar), 12)
    end as said,
    kind,
    subject,
    account_key,
    subscription_id,
    version_key,
    effective_at,
    ends_at,
    recorded_at,
    known_at,
    status,
    plan,
    billing_interval,
    billing_interval_count,
    quantity,
    amount_minor,
    mrr_minor,
    currency,
    attributes,
from fact_part

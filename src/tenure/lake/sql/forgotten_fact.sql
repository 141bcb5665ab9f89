-- forgotten_fact: what billing said of accounts that want to be forgotten.
--
-- Grain    one row per billing row, replaced ones too
-- Reads    billing_fact_row
-- Params   $account_keys varchar[]
-- Columns  source      varchar
--          message_id  varchar
-- Rule     docs/architecture.md, "Who"

with

named_account as (
    select unnest($account_keys) as id
)

select
    source,
    message_id,
from billing_fact_row
where account_key in (select id from named_account)

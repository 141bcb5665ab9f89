-- fact_total: what billing says of each account in sum.
--
-- Grain    one row per account
-- Reads    billing_fact, identity_link
-- Params   none
-- Columns  account_id  varchar
--          facts       bigint
--          mrr_minor   bigint
-- Refresh  by account
-- Rule     tests/lake/lake_worlds.py

select
    coalesce(link.canonical_id, billing_fact.account_key) as account_id,
    count(*) as facts,
    sum(billing_fact.mrr_minor)::bigint as mrr_minor,
from billing_fact
left join identity_link as link
    on  link.kind = 'account'
    and link.raw_id = billing_fact.account_key
group by 1

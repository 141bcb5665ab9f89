-- fact_rank: whether an account pays much.
--
-- Grain    one row per account that pays
-- Reads    fact_total
-- Params   none
-- Columns  account_id  varchar
--          is_large    boolean
-- Refresh  by account
-- Rule     tests/lake/lake_worlds.py

select account_id, mrr_minor > 2000 as is_large,
from fact_total
where mrr_minor > 0

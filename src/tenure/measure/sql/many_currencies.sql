-- many_currencies: the accounts that ever paid in more than one currency.
--
-- Grain    one row per account_id
-- Reads    mrr_movement
-- Params   none
-- Columns  account_id  varchar
-- Rule     docs/metrics/currencies.md; only theirs has to be added up before it can be told

select account_id
from mrr_movement
group by account_id
having min(currency) <> max(currency)

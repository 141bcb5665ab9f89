-- lead_until: which subscription stands for an account, on some days.
--
-- Grain    one row per (account_id, currency, day), as in lead_period
-- Reads    lead_period
-- Params   $from_on date, $before_on date
-- Columns  account_id      varchar
--          currency        varchar
--          day             date
--          mrr_minor       bigint
--          source          varchar
--          fact_id         varchar
--          source_before   varchar
--          fact_id_before  varchar
-- Rule     docs/metrics/churn.md, "Months"

select
    account_id,
    currency,
    day,
    mrr_minor,
    source,
    fact_id,
    source_before,
    fact_id_before,
from lead_period
where day >= $from_on
  and day < $before_on

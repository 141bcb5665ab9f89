-- ledger_whole: the movements of all accounts, in one group.
--
-- Grain    one row per (account_id, currency, moved_on)
-- Reads    mrr_movement
-- Params   none
-- Columns  account_id        varchar
--          currency          varchar
--          moved_on          date
--          kind              varchar
--          delta_minor       bigint
--          mrr_before_minor  bigint
--          mrr_after_minor   bigint
--          group_before      varchar
--          group_after       varchar
-- Rule     docs/metrics/churn.md

select
    account_id,
    currency,
    moved_on,
    kind,
    delta_minor,
    mrr_before_minor,
    mrr_after_minor,
    cast(null as varchar) as group_before,
    cast(null as varchar) as group_after,
from mrr_movement

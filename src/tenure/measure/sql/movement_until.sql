-- movement_until: the movements of some days.
--
-- Grain    one row per (account_id, currency, moved_on), as in mrr_movement
-- Reads    mrr_movement
-- Params   $from_on date, $before_on date
-- Columns  account_id        varchar
--          currency          varchar
--          moved_on          date
--          kind              varchar
--          delta_minor       bigint
--          mrr_before_minor  bigint
--          mrr_after_minor   bigint
-- Rule     docs/metrics/churn.md, "Months"

select
    account_id,
    currency,
    moved_on,
    kind,
    delta_minor,
    mrr_before_minor,
    mrr_after_minor,
from mrr_movement
where moved_on >= $from_on
  and moved_on < $before_on

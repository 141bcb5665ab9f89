-- movement: the movements of a span of days, one by one.
--
-- Grain    one row per (account_id, currency, moved_on)
-- Reads    mrr_movement
-- Params   $first_on date, $before_on date, $only_kind varchar, $only_currency varchar,
--          $only_account_id varchar; an empty text leaves nothing out
-- Columns  account_id        varchar
--          currency          varchar
--          moved_on          date
--          kind              varchar
--          delta_minor       bigint
--          mrr_before_minor  bigint
--          mrr_after_minor   bigint
-- Rule     docs/metrics/mrr.md

select
    account_id,
    currency,
    moved_on,
    kind,
    delta_minor,
    mrr_before_minor,
    mrr_after_minor,
from mrr_movement
where moved_on >= $first_on
  and moved_on < $before_on
  and ($only_kind = '' or kind = $only_kind)
  and ($only_currency = '' or currency = $only_currency)
  and ($only_account_id = '' or account_id = $only_account_id)
order by moved_on, account_id, currency

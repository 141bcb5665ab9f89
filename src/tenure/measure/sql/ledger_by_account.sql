-- ledger_by_account: the movements of all accounts, each in the group of one of its traits.
--
-- Grain    one row per (account_id, currency, moved_on)
-- Reads    mrr_movement, account_value
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
-- Rule     docs/metrics/churn.md, "Groups"

select
    movement.account_id,
    movement.currency,
    movement.moved_on,
    movement.kind,
    movement.delta_minor,
    movement.mrr_before_minor,
    movement.mrr_after_minor,
    account_value.value as group_before,
    account_value.value as group_after,
from mrr_movement as movement
left join account_value
    on  account_value.account_id = movement.account_id

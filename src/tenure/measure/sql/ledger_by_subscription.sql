-- ledger_by_subscription: movements, and changes of the subscription that stands for the account.
--
-- Grain    one row per (account_id, currency, moved_on) on which MRR or group changes
-- Reads    mrr_movement, group_day
-- Params   none
-- Columns  account_id        varchar
--          currency          varchar
--          moved_on          date
--          kind              varchar  null where only the group changes
--          delta_minor       bigint   0 there
--          mrr_before_minor  bigint
--          mrr_after_minor   bigint
--          group_before      varchar
--          group_after       varchar
-- Rule     docs/metrics/churn.md, "Groups"

with

step as (
    select
        account_id,
        unit,
        day,
        mrr_minor,
        value,
        lag(value) over (
            partition by account_id, unit
            order by day
        ) as value_before,
    from group_day
)

select
    step.account_id,
    step.unit as currency,
    step.day as moved_on,
    movement.kind,
    coalesce(movement.delta_minor, 0) as delta_minor,
    coalesce(movement.mrr_before_minor, step.mrr_minor) as mrr_before_minor,
    coalesce(movement.mrr_after_minor, step.mrr_minor) as mrr_after_minor,
    step.value_before as group_before,
    step.value as group_after,
from step
left join mrr_movement as movement
    on  movement.account_id = step.account_id
    and movement.currency = step.unit
    and movement.moved_on = step.day
where movement.kind is not null
   or step.value is distinct from step.value_before

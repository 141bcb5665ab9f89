-- ruled_movement: movements under a rule set that calls a late return new business.
--
-- Grain    one row per (account_id, currency, moved_on), as in mrr_movement
-- Reads    mrr_movement
-- Params   $reactivation_within_days integer
-- Columns  account_id        varchar
--          currency          varchar
--          moved_on          date
--          kind              varchar  a reactivation later than the days allow is `new`
--          delta_minor       bigint
--          mrr_before_minor  bigint
--          mrr_after_minor   bigint
-- Rule     docs/metrics/rule-sets.md; days below 0 mean for ever

with

after as (
    select
        *,
        lag(moved_on) over (
            partition by account_id, currency
            order by moved_on
        ) as left_on,
    from mrr_movement
)

select
    account_id,
    currency,
    moved_on,
    case
        when kind = 'reactivation'
            and cast($reactivation_within_days as integer) >= 0
            and moved_on > left_on + cast($reactivation_within_days as integer) then 'new'
        else kind
    end as kind,
    delta_minor,
    mrr_before_minor,
    mrr_after_minor,
from after

-- product_behind: the accounts behind a count of limits, steps or outcomes.
--
-- Grain    one row per account
-- Reads    account_card
-- Params   $limit_name varchar, $plan varchar, $step_name varchar, $outcome varchar,
--          $first_on date, $before_on date
--          (null: not asked; of a step, the accounts that began in [first_on, before_on))
-- Columns  account_id                 varchar
--          plan                       varchar
--          limit_used                 double
--          limit_at_most              bigint
--          limit_use_share            double
--          limit_full_on              date
--          step_reached_on            date
--          next_step_due_on           date
--          is_outcome_reached         boolean
--          outcome_reached_on         date
--          outcome_events_seen_share  double
-- Rule     As product_limit_use, product_path and product_outcome_use, account by account.

select
    account_id,
    plan,
    limit_used,
    limit_at_most,
    limit_use_share,
    limit_full_on,
    step_reached_on,
    next_step_due_on,
    is_outcome_reached,
    outcome_reached_on,
    outcome_events_seen_share,
from account_card
where status in ('paying', 'leaving', 'trial', 'free')
  and (
      $limit_name is null
      or (limit_name = $limit_name and limit_use_share >= 0.8 and plan = $plan)
  )
  and (
      $step_name is null
      or (next_step = $step_name and is_stuck and began_on >= $first_on and began_on < $before_on)
  )
  and ($outcome is null or required_outcome = $outcome)
order by
    limit_use_share desc,
    coalesce(next_step_due_on, date '9999-12-31'),
    is_outcome_reached,
    account_id

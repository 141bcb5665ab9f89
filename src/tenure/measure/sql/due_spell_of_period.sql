-- due_spell_of_period: since when a past-due period has been past due.
--
-- Grain    one row per past-due period
-- Reads    subscription_period
-- Params   none
-- Columns  source            varchar
--          fact_id           varchar
--          spell_starts_on   date     a spell can go over several versions of a subscription
-- Rule     docs/metrics/rule-sets.md, "Past due"

with

ordered as (
    select
        source,
        account_id,
        subscription_id,
        basis,
        fact_id,
        status,
        starts_on,
        max(case when status <> 'past_due' then starts_at end) over (
            partition by source, account_id, subscription_id, basis
            order by starts_at, fact_id
            rows between unbounded preceding and current row
        ) as spell_after,
    from subscription_period
    where ends_on is null
       or ends_on > starts_on
)

select
    source,
    fact_id,
    min(starts_on) over (
        partition by source, account_id, subscription_id, basis, spell_after
    ) as spell_starts_on,
from ordered
where status = 'past_due'

-- quality_subscription_before_sign_up: subscriptions that start on a day before their account
-- signed up.
--
-- Grain    one row per example, at most $limit; none when nothing is found
-- Reads    event, billing_fact
-- Params   $source varchar, $limit bigint, $time_zone varchar
-- Columns  found        bigint     how many there are
--          of_count     bigint     how many it could be true of
--          account_id   varchar
--          happened_on  date
--          compared_on  date
--          source_ref   varchar
--          other_ref    varchar
-- Rule     docs/import.md, "Contradictions"

with

sign_up as (
    select
        account_key,
        min(occurred_at) as signed_up_at,
        min(source_ref) as source_ref,
    from event
    where source = $source
      and type = 'group'
      and context not like '%final_state%'
    group by account_key
),

candidate as (
    select
        billing_fact.account_key as account_id,
        cast(billing_fact.effective_at at time zone $time_zone as date) as happened_on,
        cast(sign_up.signed_up_at at time zone $time_zone as date) as compared_on,
        billing_fact.source_ref as source_ref,
        sign_up.source_ref as other_ref,
        cast(billing_fact.effective_at at time zone $time_zone as date)
            < cast(sign_up.signed_up_at at time zone $time_zone as date) as is_found,
    from billing_fact
    inner join sign_up
        on sign_up.account_key = billing_fact.account_key
    where billing_fact.source = $source
      and billing_fact.kind = 'start'
)

select
    count(*) over () as found,
    (select count(*) from candidate) as of_count,
    account_id,
    happened_on,
    compared_on,
    source_ref,
    other_ref,
from candidate
where is_found
order by source_ref, account_id
limit $limit

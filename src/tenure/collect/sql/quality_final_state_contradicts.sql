-- quality_final_state_contradicts: accounts and subscriptions that had left by a flag and had
-- not by their dates.
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

subscription as (
    select
        subscription_id,
        min(case when kind = 'start' then effective_at end) as starts_at,
        min(case when kind = 'start' then source_ref end) as source_ref,
        max(case when kind = 'end' then effective_at end) as last_end_at,
        sum(case when kind = 'start' then 1 else 0 end) as starts,
        sum(case when kind = 'end' then 1 else 0 end) as ends,
    from billing_fact
    where source = $source
      and kind in ('start', 'end')
      and subscription_id is not null
    group by subscription_id
),

standing_of_account as (
    select
        started.account_key,
        sum(case when subscription.ends < subscription.starts then 1 else 0 end) as running,
        max(subscription.last_end_at) as last_end_at,
    from billing_fact as started
    inner join subscription
        on subscription.subscription_id = started.subscription_id
    where started.source = $source
      and started.kind = 'start'
    group by started.account_key
),

flagged as (
    select
        account_key,
        received_at,
        source_ref,
        json_extract_string(properties, '$.subscription_id') as subscription_id,
        json_extract_string(properties, '$.has_left') as has_left,
    from event
    where source = $source
      and context like '%final_state%'
      and json_extract_string(properties, '$.has_left') is not null
),

candidate as (
    select
        flagged.account_key as account_id,
        cast(flagged.received_at at time zone $time_zone as date) as happened_on,
        cast(coalesce(
            subscription.last_end_at, standing_of_account.last_end_at
        ) at time zone $time_zone as date) as compared_on,
        flagged.source_ref as source_ref,
        subscription.source_ref as other_ref,
        case
            when flagged.subscription_id is not null
            then (flagged.has_left = 'true') <> (subscription.ends >= subscription.starts)
            else (flagged.has_left = 'true') <> (standing_of_account.running = 0)
        end as is_found,
    from flagged
    left join subscription
        on subscription.subscription_id = flagged.subscription_id
    left join standing_of_account
        on standing_of_account.account_key = flagged.account_key
    where subscription.subscription_id is not null
       or (flagged.subscription_id is null and standing_of_account.account_key is not null)
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

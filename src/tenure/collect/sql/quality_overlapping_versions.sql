-- quality_overlapping_versions: versions of one subscription that begin while an earlier one holds.
--
-- Grain    one row per example, at most $limit; none when nothing is found
-- Reads    billing_fact
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

version as (
    select
        started.account_key,
        started.subscription_id,
        started.effective_at as starts_at,
        started.source_ref,
        started.message_id,
        min(ended.effective_at) as ends_at,
    from billing_fact as started
    left join billing_fact as ended
        on ended.source = started.source
        and ended.subscription_id = started.subscription_id
        and coalesce(ended.version_key, '') = coalesce(started.version_key, '')
        and ended.kind = 'end'
    where started.source = $source
      and started.kind = 'start'
      and started.subscription_id is not null
    group by
        started.account_key,
        started.subscription_id,
        started.effective_at,
        started.source_ref,
        started.message_id
),

-- Where a subscription's versions name no ends, each holds until the next begins.
followed as (
    select
        *,
        max(ends_at) over (
            partition by subscription_id
            order by starts_at, message_id
            rows between unbounded preceding and 1 preceding
        ) as held_until_at,
        sum(case when ends_at is null then 1 else 0 end) over (
            partition by subscription_id
            order by starts_at, message_id
            rows between unbounded preceding and 1 preceding
        ) as open_before,
        max(ends_at) over (partition by subscription_id) as any_end_at,
        lag(source_ref) over (partition by subscription_id order by starts_at, message_id)
            as other_ref,
    from version
),

candidate as (
    select
        account_key as account_id,
        cast(starts_at at time zone $time_zone as date) as happened_on,
        cast(held_until_at at time zone $time_zone as date) as compared_on,
        source_ref as source_ref,
        other_ref as other_ref,
        coalesce(
            held_until_at > starts_at or (open_before > 0 and any_end_at is not null), false
        ) as is_found,
    from followed
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

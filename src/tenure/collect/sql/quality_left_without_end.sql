-- quality_left_without_end: reasons for leaving with no end or notice of the account within 31
-- days.
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

-- An end is no leaving where the next version of the subscription begins that day or the next;
-- its own version's start, on the day that it ends, is not the next.
ended as (
    select
        ending.account_key,
        ending.effective_at,
    from billing_fact as ending
    where ending.source = $source
      and ending.kind in ('end', 'notice')
      and not exists (
          select 1
          from billing_fact as following
          where following.source = ending.source
            and following.kind = 'start'
            and following.subscription_id = ending.subscription_id
            and coalesce(following.version_key, '') <> coalesce(ending.version_key, '')
            and date_diff(
                'day',
                cast(ending.effective_at at time zone $time_zone as date),
                cast(following.effective_at at time zone $time_zone as date)
            ) between 0 and 1
            and following.effective_at >= ending.effective_at
      )
),

reasoned as (
    select
        event.message_id,
        event.account_key,
        event.occurred_at,
        event.source_ref,
        sum(case
            when abs(date_diff(
                'day',
                cast(event.occurred_at at time zone $time_zone as date),
                cast(ended.effective_at at time zone $time_zone as date)
            )) <= 31 then 1
            else 0
        end) as ends_near,
    from event
    left join ended
        on ended.account_key = event.account_key
    where event.source = $source
      and event.type = 'reason'
    group by event.message_id, event.account_key, event.occurred_at, event.source_ref
),

candidate as (
    select
        account_key as account_id,
        cast(occurred_at at time zone $time_zone as date) as happened_on,
        cast(null as date) as compared_on,
        source_ref as source_ref,
        cast(null as varchar) as other_ref,
        ends_near = 0 as is_found,
    from reasoned
    where exists (select 1 from ended)
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

-- quality_use_before_sign_up: use of the product on a day before its account or person signed up.
--
-- Grain    one row per example, at most $limit; none when nothing is found
-- Reads    event
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

sign_up_of_person as (
    select
        user_id,
        min(occurred_at) as signed_up_at,
        min(source_ref) as source_ref,
    from event
    where source = $source
      and type = 'identify'
      and context not like '%final_state%'
    group by user_id
),

candidate as (
    select
        event.account_key as account_id,
        cast(event.occurred_at at time zone $time_zone as date) as happened_on,
        cast(
            coalesce(sign_up.signed_up_at, sign_up_of_person.signed_up_at)
            at time zone $time_zone as date
        ) as compared_on,
        event.source_ref as source_ref,
        coalesce(sign_up.source_ref, sign_up_of_person.source_ref) as other_ref,
        cast(event.occurred_at at time zone $time_zone as date)
            < cast(
                coalesce(sign_up.signed_up_at, sign_up_of_person.signed_up_at)
                at time zone $time_zone as date
            ) as is_found,
    from event
    left join sign_up
        on sign_up.account_key = event.account_key
    left join sign_up_of_person
        on sign_up_of_person.user_id = event.user_id
    where event.source = $source
      and event.type in ('track', 'page', 'screen')
      and coalesce(sign_up.signed_up_at, sign_up_of_person.signed_up_at) is not null
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

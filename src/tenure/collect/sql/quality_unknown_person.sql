-- quality_unknown_person: people that events name and no person row does, where there are person
-- rows.
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

named as (
    select
        user_id,
        min(account_key) as account_key,
        min(occurred_at) as first_at,
        min(source_ref) as source_ref,
    from event
    where source = $source
      and type not in ('identify', 'group')
      and user_id is not null
    group by user_id
),

candidate as (
    select
        named.account_key as account_id,
        cast(named.first_at at time zone $time_zone as date) as happened_on,
        cast(null as date) as compared_on,
        named.source_ref as source_ref,
        cast(null as varchar) as other_ref,
        sign_up_of_person.user_id is null as is_found,
    from named
    left join sign_up_of_person
        on sign_up_of_person.user_id = named.user_id
    where exists (select 1 from sign_up_of_person)
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

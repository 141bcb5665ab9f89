-- quality_unknown_account: accounts that rows name and no account row does, where there are
-- account rows.
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

named as (
    select
        account_key,
        min(occurred_at) as first_at,
        min(source_ref) as source_ref,
    from (
        select account_key, occurred_at, source_ref
        from event
        where source = $source
          and type <> 'group'
        union all
        select account_key, effective_at as occurred_at, source_ref
        from billing_fact
        where source = $source
    ) as row_of_account
    where account_key is not null
    group by account_key
),

candidate as (
    select
        named.account_key as account_id,
        cast(named.first_at at time zone $time_zone as date) as happened_on,
        cast(null as date) as compared_on,
        named.source_ref as source_ref,
        cast(null as varchar) as other_ref,
        sign_up.account_key is null as is_found,
    from named
    left join sign_up
        on sign_up.account_key = named.account_key
    where exists (select 1 from sign_up)
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

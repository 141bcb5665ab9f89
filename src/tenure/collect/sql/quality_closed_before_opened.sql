-- quality_closed_before_opened: tickets and incidents that end before they begin.
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

spell as (
    select
        account_key,
        split_part(message_id, '-', 1) as row_key,
        split_part(message_id, '-', 2) as slot,
        name,
        occurred_at,
        source_ref,
    from event
    where source = $source
      and type in ('ticket', 'incident')
),

candidate as (
    select
        ended.account_key as account_id,
        cast(ended.occurred_at at time zone $time_zone as date) as happened_on,
        cast(begun.occurred_at at time zone $time_zone as date) as compared_on,
        ended.source_ref as source_ref,
        begun.source_ref as other_ref,
        ended.occurred_at < begun.occurred_at as is_found,
    from spell as ended
    inner join spell as begun
        on begun.row_key = ended.row_key
        and begun.slot = ended.slot
    where begun.name in ('Ticket Opened', 'Incident Began')
      and ended.name in ('Ticket Closed', 'Incident Ended')
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

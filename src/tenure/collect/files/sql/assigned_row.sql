-- assigned_row: which row of the lake each row of the files is, and whether it says something new.
--
-- Grain    one row per (row_key, row_value) of the files
-- Reads    numbered_row, live_part
-- Params   none
-- Columns  position   bigint
--          row_key    varchar
--          row_value  varchar
--          slot       bigint
--          revision   bigint     under which its changed parts go in
--          standing   varchar    same | changed | new
-- Portable no: it runs while a file is imported, never on the lake
-- Rule     docs/import.md, "Loading twice": a row that says what the lake says is that row; what
--          is left over on both sides is paired in order, and what no row of the lake is left for
--          is new

with

live_row as (
    select distinct
        row_key,
        slot,
        row_revision,
        row_value,
    from live_part
    where row_key in (select row_key from numbered_row)
),

same as (
    select
        numbered_row.position,
        numbered_row.row_key,
        numbered_row.row_value,
        min(live_row.slot) as slot,
    from numbered_row
    inner join live_row
        on live_row.row_key = numbered_row.row_key
        and live_row.row_value = numbered_row.row_value
    group by numbered_row.position, numbered_row.row_key, numbered_row.row_value
),

unmatched as (
    select
        position,
        row_key,
        row_value,
        row_number() over (partition by row_key order by row_value) as place,
    from numbered_row
    where not exists (select 1 from same where same.position = numbered_row.position)
),

stale as (
    select
        row_key,
        slot,
        row_revision,
        row_number() over (partition by row_key order by slot) as place,
    from live_row
    where not exists (
        select 1
        from same
        where same.row_key = live_row.row_key
          and same.slot = live_row.slot
    )
),

extent as (
    select
        row_key,
        max(slot) + 1 as slots,
        sum(case when is_stale then 1 else 0 end) as stale_rows,
    from (
        select
            live_row.row_key,
            live_row.slot,
            stale.slot is not null as is_stale,
        from live_row
        left join stale
            on stale.row_key = live_row.row_key
            and stale.slot = live_row.slot
    )
    group by row_key
)

select
    same.position,
    same.row_key,
    same.row_value,
    same.slot,
    live_row.row_revision + 1 as revision,
    'same' as standing,
from same
inner join live_row
    on live_row.row_key = same.row_key
    and live_row.slot = same.slot

union all

select
    unmatched.position,
    unmatched.row_key,
    unmatched.row_value,
    coalesce(
        stale.slot,
        extent.slots + unmatched.place - extent.stale_rows - 1,
        unmatched.place - 1
    )::bigint as slot,
    coalesce(stale.row_revision + 1, 0) as revision,
    case when stale.slot is null then 'new' else 'changed' end as standing,
from unmatched
left join stale
    on stale.row_key = unmatched.row_key
    and stale.place = unmatched.place
left join extent
    on extent.row_key = unmatched.row_key

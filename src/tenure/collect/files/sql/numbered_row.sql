-- numbered_row: rows told apart, and of those that say the same under one key the first.
--
-- Grain    one row per (row_key, row_value)
-- Reads    staged_row
-- Params   none
-- Columns  position   bigint
--          row_key    varchar
--          row_value  varchar
--          rows       bigint     how many rows of the files this one stands for
-- Portable no: it runs while a file is imported, never on the lake
-- Rule     docs/import.md, "Loading twice": a row without a key is known by its values and its
--          occurrence number within its file, so that the order of rows and files is no matter

with

counted as (
    select
        position,
        row_key,
        row_value,
        case
            when is_keyed then 1
            else row_number() over (partition by is_keyed, file_number, row_key order by position)
        end as occurrence,
    from staged_row
),

told_apart as (
    select
        position,
        case
            when occurrence = 1 then row_key
            else left(md5(concat(row_key, '#', occurrence)), 20)
        end as row_key,
        row_value,
    from counted
)

select
    min(position) as position,
    row_key,
    row_value,
    count(*) as rows,
from told_apart
group by row_key, row_value

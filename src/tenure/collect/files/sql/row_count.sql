-- row_count: how many rows of each file and kind were new, changed or known already.
--
-- Grain    one row per (file_number, entry_number)
-- Reads    staged_row, assigned_row
-- Params   none
-- Columns  file_number   bigint
--          entry_number  bigint
--          read          bigint    rows that could be read
--          new           bigint
--          corrected     bigint
--          unchanged     bigint
--          repeated      bigint    rows that say the same, under one key, as another of the files
-- Portable no: it runs while a file is imported, never on the lake
-- Rule     docs/import.md, "Counts"

select
    staged_row.file_number,
    staged_row.entry_number,
    count(*) as read,
    count(*) filter (where assigned_row.standing = 'new') as new,
    count(*) filter (where assigned_row.standing = 'changed') as corrected,
    count(*) filter (where assigned_row.standing = 'same') as unchanged,
    count(*) filter (where assigned_row.standing is null) as repeated,
from staged_row
left join assigned_row
    on assigned_row.position = staged_row.position
group by staged_row.file_number, staged_row.entry_number
order by staged_row.file_number, staged_row.entry_number

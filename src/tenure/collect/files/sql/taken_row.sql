-- taken_row: which lines of which files could be read as rows.
--
-- Grain    one row per row of a file and entry of the map
-- Reads    staged_row, staged_file
-- Params   none
-- Columns  position    bigint
--          row_key     varchar
--          source_ref  varchar
-- Portable no: it runs while a file is imported, never on the lake
-- Rule     docs/import.md, "Rejected rows"

select
    staged_row.position,
    staged_row.row_key,
    concat(staged_file.name, ':', staged_row.line) as source_ref,
from staged_row
inner join staged_file
    on staged_file.file_number = staged_row.file_number

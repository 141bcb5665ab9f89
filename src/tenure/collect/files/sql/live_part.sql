-- live_part: what the lake holds now of each row of the source, part by part.
--
-- Grain    one row per (row_key, slot, part)
-- Reads    imported_message
-- Params   none
-- Columns  row_key        varchar
--          slot           bigint     tells rows of one key apart that say different things
--          part           varchar
--          revision       bigint     of this part
--          said           varchar    digest of the part; `void` once it was taken back
--          row_revision   bigint     of the row
--          row_value      varchar    digest of the row as last brought
--          message_id     varchar
--          known_at       timestamptz
-- Portable no: it runs while a file is imported, never on the lake
-- Rule     docs/import.md, "Loading twice"

with

split as (
    select
        string_split(message_id, '-') as pieces,
        message_id,
        known_at,
    from imported_message
    where regexp_matches(
        message_id, '^[0-9a-f]{20}-[0-9]+-[0-9]+-[0-9a-f]{12}-[a-z]+-([0-9a-f]{12}|void)$'
    )
),

named as (
    select
        pieces[1] as row_key,
        pieces[2]::bigint as slot,
        pieces[3]::bigint as revision,
        pieces[4] as row_value,
        pieces[5] as part,
        pieces[6] as said,
        message_id,
        known_at,
    from split
)

select
    row_key,
    slot,
    part,
    max(revision) as revision,
    arg_max(said, revision) as said,
    max(max(revision)) over (partition by row_key, slot) as row_revision,
    arg_max(arg_max(row_value, revision), max(revision)) over (
        partition by row_key, slot
    ) as row_value,
    arg_max(message_id, revision) as message_id,
    arg_max(known_at, revision) as known_at,
from named
group by row_key, slot, part

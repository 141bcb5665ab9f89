-- imported_message: the ids under which earlier imports of a source brought their rows.
--
-- Grain    one row per event or fact of the source
-- Reads    event_row, billing_fact_row
-- Params   $source varchar
-- Columns  message_id  varchar    `row_key-slot-revision-row_value-part-said`
--          known_at    timestamptz
-- Rule     docs/import.md, "Loading twice"

select
    message_id,
    known_at,
from event_row
where source = $source

union all

select
    message_id,
    known_at,
from billing_fact_row
where source = $source

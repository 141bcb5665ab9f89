-- event_parts: what somebody did.
--
-- Grain    one row per part of a row of the file
-- Reads    mapped_row
-- Params   none
-- Columns  position      bigint
--          part          varchar
--          is_absent     boolean        the row says that there is no such part, or no longer
--          type          varchar
--          name          varchar
--          occurred_at   timestamptz    null: at the import
--          recorded_at   timestamptz    as the map's known_at has it
--          known_at      timestamptz    null: at the import
--          user_id       varchar
--          anonymous_id  varchar
--          account_key   varchar
--          properties    varchar
--          context       varchar
-- Portable no: it runs while a file is imported, never on the lake
-- Rule     docs/import.md, "Kinds"

select
    position,
    'event' as part,
    false as is_absent,
    'track' as type,
    name,
    occurred_at,
    known_at as recorded_at,
    coalesce(known_at, occurred_at) as known_at,
    person as user_id,
    anonymous as anonymous_id,
    account as account_key,
    properties,
    '{}' as context,
from mapped_row

-- ticket_parts: a ticket is opened, and closed when it is known to be.
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
    'opened' as part,
    false as is_absent,
    'ticket' as type,
    'Ticket Opened' as name,
    opened_at as occurred_at,
    known_at as recorded_at,
    coalesce(known_at, opened_at) as known_at,
    person as user_id,
    anonymous as anonymous_id,
    account as account_key,
    properties,
    '{}' as context,
from mapped_row

union all

select
    position,
    'closed' as part,
    closed_at is null as is_absent,
    'ticket' as type,
    case when closed_at is null then 'Ticket Reopened' else 'Ticket Closed' end as name,
    closed_at as occurred_at,
    known_at as recorded_at,
    case when closed_at is not null then greatest(known_at, closed_at) end as known_at,
    person as user_id,
    anonymous as anonymous_id,
    account as account_key,
    end_properties,
    '{}' as context,
from mapped_row

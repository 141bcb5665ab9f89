-- incident_parts: an outage begins, and ends when it is known to have.
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
    'began' as part,
    false as is_absent,
    'incident' as type,
    'Incident Began' as name,
    starts_at as occurred_at,
    known_at as recorded_at,
    coalesce(known_at, starts_at) as known_at,
    person as user_id,
    anonymous as anonymous_id,
    account as account_key,
    properties,
    '{}' as context,
from mapped_row

union all

select
    position,
    'ended' as part,
    ends_at is null as is_absent,
    'incident' as type,
    case when ends_at is null then 'Incident Resumed' else 'Incident Ended' end as name,
    ends_at as occurred_at,
    known_at as recorded_at,
    case when ends_at is not null then greatest(known_at, ends_at) end as known_at,
    person as user_id,
    anonymous as anonymous_id,
    account as account_key,
    end_properties,
    '{}' as context,
from mapped_row

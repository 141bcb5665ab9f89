-- staged_event: an event part of a row, with the digest of what it says.
--
-- Grain    one row per part of a row of the file
-- Reads    event_part
-- Params   none
-- Columns  position      bigint
--          part          varchar
--          said          varchar        digest; `void` for a part that is not there
--          type          varchar
--          name          varchar
--          occurred_at   timestamptz
--          recorded_at   timestamptz
--          known_at      timestamptz
--          user_id       varchar
--          anonymous_id  varchar
--          account_key   varchar
--          properties    varchar
--          context       varchar
-- Portable no: it runs while a file is imported, never on the lake
-- Rule     docs/import.md, "Loading twice"

select
    position,
    part,
    case
        when is_absent then 'void'
        else left(md5(to_json([
            type, name, occurred_at::varchar, recorded_at::varchar, user_id, anonymous_id,
            account_key, properties, context,
        ])::varchar), 12)
    end as said,
    type,
    name,
    occurred_at,
    recorded_at,
    known_at,
    user_id,
    anonymous_id,
    account_key,
    properties,
    context,
from event_part

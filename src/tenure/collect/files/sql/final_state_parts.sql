-- final_state_parts: what a file says of the end of the story, known only when it is imported.
--
-- Grain    one row per part of a row of the file
-- Reads    mapped_row
-- Params   $type varchar
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
    'final' as part,
    false as is_absent,
    $type as type,
    case when $type = 'system' then 'Final State Recorded' end as name,
    null::timestamptz as occurred_at,
    null::timestamptz as recorded_at,
    null::timestamptz as known_at,
    person as user_id,
    anonymous as anonymous_id,
    account as account_key,
    case
        when $type <> 'system' or subscription is null then final_properties
        else json_merge_patch(
            final_properties, json_object('subscription_id', subscription)
        )::varchar
    end as properties,
    '{"final_state":true}' as context,
from mapped_row
where has_final

-- emitted_event: events that the lake does not hold yet, as it stores them.
--
-- Grain    one row per (message_id)
-- Reads    staged_event, staged_row, staged_file, assigned_row, live_part
-- Params   $source varchar, $now timestamptz, $is_restated boolean
-- Columns  message_id    varchar
--          source        varchar
--          type          varchar
--          name          varchar
--          occurred_at   timestamptz
--          known_at      timestamptz
--          received_at   timestamptz
--          user_id       varchar
--          anonymous_id  varchar
--          account_key   varchar
--          properties    varchar
--          context       varchar
--          source_ref    varchar
--          corrects      varchar
-- Portable no: it runs while a file is imported, never on the lake
-- Rule     docs/import.md, "Loading twice" and "What was known when"

select
    concat_ws(
        '-', assigned_row.row_key, assigned_row.slot, assigned_row.revision,
        assigned_row.row_value, staged_event.part, staged_event.said
    ) as message_id,
    $source as source,
    staged_event.type,
    staged_event.name,
    coalesce(staged_event.occurred_at, $now) as occurred_at,
    -- Nothing is known later than it is told: a row dated in the future is known now.
    least($now, case
        when live_part.message_id is null or $is_restated
        then coalesce(staged_event.known_at, $now)
        else greatest(live_part.known_at, coalesce(staged_event.recorded_at, $now))
    end) as known_at,
    $now as received_at,
    staged_event.user_id,
    staged_event.anonymous_id,
    staged_event.account_key,
    staged_event.properties,
    staged_event.context,
    concat(staged_file.name, ':', staged_row.line) as source_ref,
    live_part.message_id as corrects,
from staged_event
inner join assigned_row
    on assigned_row.position = staged_event.position
inner join staged_row
    on staged_row.position = staged_event.position
inner join staged_file
    on staged_file.file_number = staged_row.file_number
left join live_part
    on live_part.row_key = assigned_row.row_key
    and live_part.slot = assigned_row.slot
    and live_part.part = staged_event.part
where staged_event.said <> coalesce(live_part.said, 'void')

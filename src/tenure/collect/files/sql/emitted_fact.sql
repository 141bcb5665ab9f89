-- emitted_fact: billing facts that the lake does not hold yet, as it stores them.
--
-- Grain    one row per (message_id)
-- Reads    staged_fact, staged_row, staged_file, assigned_row, live_part
-- Params   $source varchar, $now timestamptz, $is_restated boolean
-- Columns  message_id              varchar
--          source                  varchar
--          fact_key                varchar    a row's own; `~2` on a second row of one key
--          is_void                 boolean
--          kind                    varchar
--          account_key             varchar
--          subscription_id         varchar
--          version_key             varchar
--          effective_at            timestamptz
--          ends_at                 timestamptz
--          known_at                timestamptz
--          received_at             timestamptz
--          status                  varchar
--          plan                    varchar
--          billing_interval        varchar
--          billing_interval_count  integer
--          quantity                bigint
--          amount_minor            bigint
--          mrr_minor               bigint
--          currency                varchar
--          attributes              varchar
--          source_ref              varchar
-- Portable no: it runs while a file is imported, never on the lake
-- Rule     docs/import.md, "Loading twice" and "What was known when"

with

placed as (
    select
        staged_fact.*,
        assigned_row.row_key,
        assigned_row.slot,
        assigned_row.revision,
        assigned_row.row_value,
        case when assigned_row.slot > 0 then concat('~', assigned_row.slot + 1) else '' end
            as mark,
        concat(staged_file.name, ':', staged_row.line) as source_ref,
    from staged_fact
    inner join assigned_row
        on assigned_row.position = staged_fact.position
    inner join staged_row
        on staged_row.position = staged_fact.position
    inner join staged_file
        on staged_file.file_number = staged_row.file_number
)

select
    concat_ws(
        '-', placed.row_key, placed.slot, placed.revision,
        placed.row_value, placed.part, placed.said
    ) as message_id,
    $source as source,
    concat(
        placed.subject,
        case when placed.kind in ('start', 'end', 'notice') then '' else '/' || placed.row_key end,
        '/', placed.part, placed.mark
    ) as fact_key,
    placed.said = 'void' as is_void,
    placed.kind,
    placed.account_key,
    placed.subscription_id,
    case
        when placed.mark = '' or placed.part not in ('start', 'end', 'notice')
        then placed.version_key
        else concat(placed.version_key, placed.mark)
    end as version_key,
    placed.effective_at,
    placed.ends_at,
    -- Nothing is known later than it is told: an end in the future is known now.
    least($now, case
        when live_part.message_id is null or $is_restated
        then placed.known_at
        else greatest(live_part.known_at, coalesce(placed.recorded_at, $now))
    end) as known_at,
    $now as received_at,
    placed.status,
    placed.plan,
    placed.billing_interval,
    placed.billing_interval_count,
    placed.quantity,
    placed.amount_minor,
    placed.mrr_minor,
    placed.currency,
    placed.attributes,
    placed.source_ref,
from placed
left join live_part
    on live_part.row_key = placed.row_key
    and live_part.slot = placed.slot
    and live_part.part = placed.part
where placed.said <> coalesce(live_part.said, 'void')

-- subscription_pause_parts: when a subscription pauses, and when it goes on.
--
-- Grain    one row per part of a row of the file
-- Reads    mapped_row
-- Params   none
-- Columns  position                bigint
--          part                    varchar
--          is_absent               boolean        the row says that there is no such part
--          kind                    varchar
--          subject                 varchar        what fact keys begin with
--          account_key             varchar
--          subscription_id         varchar
--          version_key             varchar
--          effective_at            timestamptz
--          ends_at                 timestamptz
--          recorded_at             timestamptz    as the map's known_at has it
--          known_at                timestamptz
--          status                  varchar
--          plan                    varchar
--          billing_interval        varchar
--          billing_interval_count  integer
--          quantity                bigint
--          amount_minor            bigint
--          mrr_minor               bigint
--          currency                varchar
--          attributes              varchar
-- Portable no: it runs while a file is imported, never on the lake
-- Rule     docs/import.md, "Pauses"

with

paused as (
    select
        *,
        concat_ws('/', coalesce(subscription, account), 'pause') as subject,
    from mapped_row
)

select
    position,
    'pause' as part,
    false as is_absent,
    'pause' as kind,
    subject,
    account as account_key,
    subscription as subscription_id,
    null::varchar as version_key,
    starts_at as effective_at,
    null::timestamptz as ends_at,
    known_at as recorded_at,
    coalesce(known_at, starts_at) as known_at,
    null::varchar as status,
    null::varchar as plan,
    null::varchar as billing_interval,
    null::integer as billing_interval_count,
    null::bigint as quantity,
    null::bigint as amount_minor,
    null::bigint as mrr_minor,
    null::varchar as currency,
    properties as attributes,
from paused

union all

select
    position,
    'resume' as part,
    ends_at is null as is_absent,
    'resume' as kind,
    subject,
    account as account_key,
    subscription as subscription_id,
    null::varchar as version_key,
    coalesce(ends_at, starts_at) as effective_at,
    null::timestamptz as ends_at,
    known_at as recorded_at,
    coalesce(end_known_at, greatest(known_at, ends_at), starts_at) as known_at,
    null::varchar as status,
    null::varchar as plan,
    null::varchar as billing_interval,
    null::integer as billing_interval_count,
    null::bigint as quantity,
    null::bigint as amount_minor,
    null::bigint as mrr_minor,
    null::varchar as currency,
    end_properties as attributes,
from paused

-- watched_event: the events of some batches, as they were shipped, for the kinds of signal.
--
-- Grain    one row per (source, message_id)
-- Reads    event_row
-- Params   $after_batch bigint, $last_batch bigint
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
--          corrects      varchar
--          batch         bigint
-- Rule     docs/signals.md. Corrected rows are there too: they were true when they came.

select
    message_id,
    source,
    type,
    name,
    occurred_at,
    known_at,
    received_at,
    user_id,
    anonymous_id,
    account_key,
    properties,
    context,
    corrects,
    batch,
from event_row
where batch > $after_batch
  and batch <= $last_batch

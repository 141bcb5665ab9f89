-- event: what people and systems did, without the rows that a later one has corrected.
--
-- Grain    one row per (source, message_id)
-- Reads    event_row, correction
-- Params   none
-- Columns  message_id      varchar
--          source          varchar
--          type            varchar
--          name            varchar
--          occurred_at     timestamptz
--          known_at        timestamptz
--          received_at     timestamptz
--          sent_at         timestamptz
--          original_at     timestamptz
--          user_id         varchar
--          anonymous_id    varchar
--          previous_id     varchar
--          account_key     varchar
--          properties      varchar
--          context         varchar
--          source_ref      varchar
--          corrects        varchar
--          batch           bigint
--          occurred_month  varchar
-- Rule     docs/architecture.md, "Reading"; columns as in lake/schema.py

select event_row.*
from event_row
where not exists (
    select 1
    from correction
    where correction.message_id = event_row.message_id
      and correction.source = event_row.source
)

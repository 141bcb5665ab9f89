-- visit_event: what Tenure recorded of visits in some batches, as it was shipped.
--
-- Grain    one row per (source, message_id)
-- Reads    event_row
-- Params   $after_batch bigint, $last_batch bigint
-- Columns  message_id    varchar
--          source        varchar
--          type          varchar
--          name          varchar
--          occurred_at   timestamptz
--          user_id       varchar
--          anonymous_id  varchar
--          account_key   varchar
--          properties    varchar
--          batch         bigint
-- Rule     Events of type `offboard` from Tenure itself: nobody else's are believed.

select
    message_id,
    source,
    type,
    name,
    occurred_at,
    user_id,
    anonymous_id,
    account_key,
    properties,
    batch,
from event_row
where batch > $after_batch
  and batch <= $last_batch
  and type = 'offboard'
  and source = 'tenure'

-- correction: which event rows a later row has replaced.
--
-- Grain    one row per (source, message_id) that a known row corrects
-- Reads    event_row
-- Params   none
-- Columns  source      varchar
--          message_id  varchar
-- Rule     docs/architecture.md, "Reading". A row cannot correct itself. Rows that were corrected
--          stay so when their correction is corrected in turn.

select distinct
    source,
    corrects as message_id,
from event_row
where corrects is not null
  and corrects <> message_id

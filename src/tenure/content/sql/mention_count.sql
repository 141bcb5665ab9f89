-- mention_count: how many things said in public were imported.
--
-- Grain    one row
-- Reads    event_day
-- Params   none
-- Columns  mentions  bigint
-- Rule     docs/content.md, "Public words". Only tells whether some came since it was asked last.

select coalesce(sum(events), 0)::bigint as mentions
from event_day
where type = 'mention'

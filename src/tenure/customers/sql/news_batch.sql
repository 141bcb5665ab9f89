-- news_batch: how many event rows each batch brought that was not followed yet.
--
-- Grain    one row per batch
-- Reads    event_row
-- Params   $after_batch bigint
-- Columns  batch   bigint
--          events  bigint
-- Rule     Corrected rows count too: their batch has to be passed all the same.

select
    batch,
    count(*) as events,
from event_row
where batch > $after_batch
group by batch
order by batch

-- lesson_batch: how many events of some names came with each batch.
--
-- Grain    one row per batch that brought one
-- Reads    event
-- Params   $after_batch bigint, $last_batch bigint, $names varchar[]
-- Columns  batch   bigint
--          events  bigint
-- Rule     only tells how much is to be read, so that it is read in parts

select
    batch,
    count(*) as events,
from event
where batch > $after_batch
  and batch <= $last_batch
  and name in (select unnest($names))
group by batch
order by batch

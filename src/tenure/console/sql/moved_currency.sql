-- moved_currency: in which currencies accounts have paid, and what they pay now.
--
-- Grain    one row per currency
-- Reads    mrr_movement
-- Params   $until_on date
-- Columns  currency   varchar
--          mrr_minor  bigint   at the end of that day
-- Rule     docs/metrics/mrr.md

select
    currency,
    cast(sum(delta_minor) as bigint) as mrr_minor,
from mrr_movement
where moved_on <= $until_on
group by currency

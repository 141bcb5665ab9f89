-- source_in_use: which sources have sent anything.
--
-- Grain    one row per source
-- Reads    event, billing_fact
-- Params   none
-- Columns  source  varchar
-- Rule     docs/demo.md

select distinct source
from event

union

select distinct source
from billing_fact

-- no_period_value: no period has a value, for questions that do not group by a subscription's.
--
-- Grain    no row
-- Reads    nothing
-- Params   none
-- Columns  source   varchar
--          fact_id  varchar
--          value    varchar
-- Rule     docs/metrics/churn.md, "Groups"

select
    cast(null as varchar) as source,
    cast(null as varchar) as fact_id,
    cast(null as varchar) as value,
where false

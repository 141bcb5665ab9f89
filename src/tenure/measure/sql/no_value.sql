-- no_value: no account has a value, for questions that do not group by a trait.
--
-- Grain    no row
-- Reads    nothing
-- Params   none
-- Columns  account_id  varchar
--          value       varchar
-- Rule     docs/metrics/churn.md, "Groups"

select
    cast(null as varchar) as account_id,
    cast(null as varchar) as value,
where false

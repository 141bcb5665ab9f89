-- group_span_of_none: no groups, for questions about all accounts.
--
-- Grain    no row
-- Reads    nothing
-- Params   none
-- Columns  account_id   varchar
--          from_on      date
--          until_on     date
--          group_value  varchar
-- Rule     docs/metrics/churn.md, "Groups"

select
    cast(null as varchar) as account_id,
    cast(null as date) as from_on,
    cast(null as date) as until_on,
    cast(null as varchar) as group_value,
where false

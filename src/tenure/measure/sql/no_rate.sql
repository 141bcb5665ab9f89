-- no_rate: no exchange rate, for questions asked within each currency.
--
-- Grain    no row
-- Reads    nothing
-- Params   none
-- Columns  currency  varchar
--          from_on   date
--          until_on  date
--          factor    double
-- Rule     docs/metrics/currencies.md

select
    cast(null as varchar) as currency,
    cast(null as date) as from_on,
    cast(null as date) as until_on,
    cast(null as double) as factor,
where false

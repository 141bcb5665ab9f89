-- due_spell_none: no spell matters, for rule sets under which past-due subscriptions count.
--
-- Grain    no row
-- Reads    nothing
-- Params   none
-- Columns  source            varchar
--          fact_id           varchar
--          spell_starts_on   date
-- Rule     docs/metrics/rule-sets.md, "Past due"

select
    cast(null as varchar) as source,
    cast(null as varchar) as fact_id,
    cast(null as date) as spell_starts_on,
where false

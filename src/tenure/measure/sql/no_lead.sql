-- no_lead: no subscription stands for an account, for questions that do not group by one.
--
-- Grain    no row
-- Reads    nothing
-- Params   none
-- Columns  account_id      varchar
--          currency        varchar
--          day             date
--          mrr_minor       bigint
--          source          varchar
--          fact_id         varchar
--          source_before   varchar
--          fact_id_before  varchar
-- Rule     docs/metrics/churn.md, "Groups"

select
    cast(null as varchar) as account_id,
    cast(null as varchar) as currency,
    cast(null as date) as day,
    cast(null as bigint) as mrr_minor,
    cast(null as varchar) as source,
    cast(null as varchar) as fact_id,
    cast(null as varchar) as source_before,
    cast(null as varchar) as fact_id_before,
where false

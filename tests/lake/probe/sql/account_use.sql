-- account_use: what an account uses, beside what it pays.
--
-- Grain    one row per account that did anything
-- Reads    event_day, fact_total
-- Params   none
-- Columns  account_id  varchar
--          days        bigint
--          mrr_minor   bigint
-- Refresh  by account
-- Rule     tests/lake/lake_worlds.py

select
    event_day.account_id,
    count(distinct event_day.day) as days,
    max(fact_total.mrr_minor) as mrr_minor,
from event_day
left join fact_total
    on  fact_total.account_id = event_day.account_id
where event_day.account_id is not null
group by 1

-- whole_company: the company in one row.
--
-- Grain    one row
-- Reads    active_day, fact_total, membership_link
-- Params   none
-- Columns  days       bigint
--          mrr_minor  bigint
--          members    bigint
-- Refresh  full
-- Rule     tests/lake/lake_worlds.py

select
    (select count(*) from active_day) as days,
    (select coalesce(sum(mrr_minor), 0)::bigint from fact_total) as mrr_minor,
    (select count(*) from membership_link) as members,

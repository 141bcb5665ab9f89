-- day_of_forgotten: days of a published relation that name somebody who is to be forgotten.
--
-- Grain    one row per day
-- Reads    published
-- Params   $person_ids varchar[], $account_keys varchar[]
-- Columns  day  date
-- Rule     `published` is a relation by day with person_id and account_id

with

named_person as (
    select unnest($person_ids) as id
),

named_account as (
    select unnest($account_keys) as id
)

select distinct day
from published
where person_id in (select id from named_person)
   or account_id in (select id from named_account)

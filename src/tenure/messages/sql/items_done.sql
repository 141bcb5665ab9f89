-- items_done: which of these events somebody did, of some people and accounts.
--
-- Grain    one row per (account_id, person_id, name) with such an event
-- Reads    event_day
-- Params   $account_ids varchar[], $person_ids varchar[], $names varchar[]
-- Columns  account_id  varchar      canonical; null when neither the event nor its person tells
--          person_id   varchar      canonical; null when the event names nobody
--          name        varchar      of the event
-- Rule     docs/in-app.md, "Checklists"

with

wanted_name as (
    select unnest($names) as name
),

wanted_account as (
    select unnest($account_ids) as account_id
),

wanted_person as (
    select unnest($person_ids) as person_id
)

select distinct
    account_id,
    person_id,
    name,
from event_day
where name in (select name from wanted_name)
  and (
      account_id in (select account_id from wanted_account)
      or person_id in (select person_id from wanted_person)
  )

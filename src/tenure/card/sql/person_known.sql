-- person_known: every identified person that an event names, and how long they have been there.
--
-- Grain    one row per person
-- Reads    event_day
-- Params   none
-- Columns  person_id  varchar  canonical
--          known_on   date     first event of any type, in the company's time zone
-- Refresh  with the card
-- Rule     Who is known only by an anonymous id is a visitor, not a person.

select
    person_id,
    min(day) as known_on,
from event_day
where person_id is not null
  and not starts_with(person_id, 'anon:')
group by person_id

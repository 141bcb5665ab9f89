-- account_span: from when until when each account used the product, and how many people did.
--
-- Grain    one row per account in which somebody ever used something
-- Reads    account_person
-- Params   none
-- Columns  account_id  varchar      canonical
--          first_on    date
--          last_on     date
--          last_at     timestamptz
--          people      bigint       identified
--          visitors    bigint       known by an anonymous id alone
-- Refresh  with the card
-- Rule     Use is track, page and screen. Counted once for all topics.

select
    account_id,
    min(first_on) as first_on,
    max(last_on) as last_on,
    max(last_at) as last_at,
    count(*) filter (where person_id is not null and not starts_with(person_id, 'anon:')) as people,
    count(*) filter (where starts_with(person_id, 'anon:')) as visitors,
from account_person
group by account_id

-- key_of_person: every raw id under which the people of the touched accounts appear.
--
-- Grain    one row per raw id
-- Reads    touched_account, touched_other_person, identity_link, membership_link
-- Params   none
-- Columns  raw_id  varchar
-- Rule     A person's canonical id is one of their raw ids.

with

person as (
    select membership_link.person_id
    from membership_link
    join touched_account
        on touched_account.account_id = membership_link.account_id
    union
    select person_id
    from touched_other_person
)

select person_id as raw_id
from person

union

select identity_link.raw_id
from identity_link
join person
    on person.person_id = identity_link.canonical_id
where identity_link.kind = 'person'

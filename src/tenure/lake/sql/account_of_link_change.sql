-- account_of_link_change: accounts whose ids or people are others than they were.
--
-- Grain    one row per account id
-- Reads    identity_change, membership_change, membership_link
-- Params   none
-- Columns  account_id  varchar
-- Rule     Both ends of a changed link count, and every account of a person whose links changed.

with

person as (
    select raw_id as person_id
    from identity_change
    where kind = 'person'
    union
    select old_id
    from identity_change
    where kind = 'person'
    union
    select new_id
    from identity_change
    where kind = 'person'
    union
    select person_id
    from membership_change
)

select raw_id as account_id
from identity_change
where kind = 'account'

union

select old_id
from identity_change
where kind = 'account'

union

select new_id
from identity_change
where kind = 'account'

union

select account_id
from membership_change

union

select membership_link.account_id
from membership_link
join person
    on person.person_id = membership_link.person_id

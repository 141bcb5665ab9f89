-- day_of_link_change: days of a published relation whose people or accounts are others now.
--
-- Grain    one row per day
-- Reads    published, identity_change, membership_change
-- Params   none
-- Columns  day  date
-- Rule     `published` is a relation by day with person_id and account_id, as it was published:
--          what a changed id did stands there under the id that it had then.

with

person as (
    select old_id as person_id
    from identity_change
    where kind = 'person'
    union
    select person_id
    from membership_change
),

account as (
    select old_id as account_id
    from identity_change
    where kind = 'account'
)

select day
from published
where person_id in (select person_id from person)

union

select day
from published
where account_id in (select account_id from account)

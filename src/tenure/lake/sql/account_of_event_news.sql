-- account_of_event_news: accounts whose people did something new, or did not do it after all.
--
-- Grain    one row per canonical account
-- Reads    touched_event, identity_link, membership_link
-- Params   none
-- Columns  account_id  varchar
-- Rule     An event counts for the account that it names, and for each one its person belongs to.

with

named as (
    select distinct account_key
    from touched_event
    where account_key is not null
),

person as (
    select distinct coalesce(link.canonical_id, touched_event.person_raw_id) as person_id
    from touched_event
    left join identity_link as link
        on  link.kind = 'person'
        and link.raw_id = touched_event.person_raw_id
)

select coalesce(link.canonical_id, named.account_key) as account_id
from named
left join identity_link as link
    on  link.kind = 'account'
    and link.raw_id = named.account_key

union

select membership_link.account_id
from membership_link
join person
    on person.person_id = membership_link.person_id

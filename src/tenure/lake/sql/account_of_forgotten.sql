-- account_of_forgotten: accounts that look different once somebody is forgotten.
--
-- Grain    one row per canonical account
-- Reads    forgotten_event, identity_link, membership_link
-- Params   $person_ids varchar[], $account_keys varchar[]
-- Columns  account_id  varchar
-- Rule     The forgotten accounts, those that forgotten events name, and those of forgotten people.

with

named_person as (
    select unnest($person_ids) as id
),

named_account as (
    select unnest($account_keys) as account_key
    union
    select account_key
    from forgotten_event
    where account_key is not null
),

person as (
    select id
    from named_person
    union
    select link.canonical_id
    from named_person
    join identity_link as link
        on  link.kind = 'person'
        and link.raw_id = named_person.id
)

select coalesce(link.canonical_id, named_account.account_key) as account_id
from named_account
left join identity_link as link
    on  link.kind = 'account'
    and link.raw_id = named_account.account_key

union

select membership_link.account_id
from membership_link
join person
    on person.id = membership_link.person_id

-- subject_did: how often an account or a person did something, and when first and last.
--
-- Grain    one row
-- Reads    event, identity_link, membership_link
-- Params   $name varchar, $account_id varchar, $person_id varchar
-- Columns  events    bigint
--          first_at  timestamptz  null where they never did
--          last_at   timestamptz  null where they never did
-- Rule     docs/plays.md, "What brings somebody in": of the account where $person_id is empty, of
--          the person where it is not; an event that names no account is of its person's only one

with

named as (
    select
        account_key,
        coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id,
        occurred_at,
    from event
    where name = $name
      and type <> 'signal'
),

only_account as (
    select
        person_id,
        min(account_id) as account_id,
    from membership_link
    group by person_id
    having count(*) = 1
),

placed as (
    select
        coalesce(
            account_link.canonical_id,
            named.account_key,
            only_account.account_id
        ) as account_id,
        coalesce(person_link.canonical_id, named.person_raw_id) as person_id,
        named.occurred_at,
    from named
    left join identity_link as account_link
        on  account_link.kind = 'account'
        and account_link.raw_id = named.account_key
    left join identity_link as person_link
        on  person_link.kind = 'person'
        and person_link.raw_id = named.person_raw_id
    left join only_account
        on only_account.person_id = coalesce(person_link.canonical_id, named.person_raw_id)
)

select
    count(*) as events,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at,
from placed
where ($person_id = '' and account_id = $account_id)
   or ($person_id <> '' and person_id = $person_id)

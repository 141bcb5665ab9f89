-- account_event: what an account's people did, each counted for every account of theirs.
--
-- Grain    one row per account
-- Reads    event, identity_link, membership_link
-- Params   none
-- Columns  account_id  varchar
--          events      bigint
--          last_at     timestamptz
-- Refresh  by account
-- Rule     tests/lake/lake_worlds.py

with

done as (
    select
        coalesce(account.canonical_id, event.account_key) as account_id,
        coalesce(person.canonical_id, event.user_id, 'anon:' || event.anonymous_id) as person_id,
        event.occurred_at,
    from event
    left join identity_link as account
        on  account.kind = 'account'
        and account.raw_id = event.account_key
    left join identity_link as person
        on  person.kind = 'person'
        and person.raw_id = coalesce(event.user_id, 'anon:' || event.anonymous_id)
),

placed as (
    select account_id, occurred_at
    from done
    where account_id is not null

    union all

    select membership_link.account_id, done.occurred_at
    from done
    join membership_link
        on  membership_link.person_id = done.person_id
    where done.account_id is null
)

select
    account_id,
    count(*) as events,
    max(occurred_at) as last_at,
from placed
group by 1

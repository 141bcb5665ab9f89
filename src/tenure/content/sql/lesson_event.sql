-- lesson_event: what happened that may show that somebody began or finished a lesson.
--
-- Grain    one row per event of one of these names, corrected ones left out
-- Reads    event, identity_link, membership_link
-- Params   $after_batch bigint, $last_batch bigint, $names varchar[]
-- Columns  name         varchar
--          account_id   varchar      canonical; of an event that names none, its person's only one
--          person_id    varchar      canonical
--          occurred_at  timestamptz
--          properties   varchar      JSON
-- Rule     docs/content.md, "Progress"

with

wanted as (
    select unnest($names) as name
),

named as (
    select
        name,
        account_key,
        coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id,
        properties,
        occurred_at,
        source,
        message_id,
    from event
    where batch > $after_batch
      and batch <= $last_batch
      and name in (select name from wanted)
      and type in ('track', 'page', 'screen', 'system')
),

only_account as (
    select
        person_id,
        min(account_id) as account_id,
    from membership_link
    group by person_id
    having count(*) = 1
)

select
    named.name,
    coalesce(account_link.canonical_id, named.account_key, only_account.account_id) as account_id,
    coalesce(person_link.canonical_id, named.person_raw_id) as person_id,
    named.occurred_at,
    named.properties,
from named
left join identity_link as account_link
    on  account_link.kind = 'account'
    and account_link.raw_id = named.account_key
left join identity_link as person_link
    on  person_link.kind = 'person'
    and person_link.raw_id = named.person_raw_id
left join only_account
    on only_account.person_id = coalesce(person_link.canonical_id, named.person_raw_id)
where named.person_raw_id is not null
order by named.occurred_at, named.source, named.message_id

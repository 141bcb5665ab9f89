-- review_said: tickets, talks and what was offered around each leaving.
--
-- Grain    one row per event
-- Reads    event, identity_link, membership_link, reason_subject
-- Params   $names varchar[]
-- Columns  subject      bigint
--          type         varchar
--          name         varchar
--          person_id    varchar      canonical
--          occurred_at  timestamptz
--          known_at     timestamptz
--          properties   varchar      JSON object
--          source       varchar
--          message_id   varchar
-- Rule     docs/reasons.md, "The review sheet": tickets and the events of $names, of the 180 days
--          before a subject's time. Ids are as they are linked now.

with

only_account as (
    select
        person_id,
        min(account_id) as account_id,
    from membership_link
    group by person_id
    having count(*) = 1
),

said as (
    select
        type,
        name,
        account_key,
        coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id,
        occurred_at,
        known_at,
        properties,
        source,
        message_id,
    from event
    where type = 'ticket'
       or (type in ('track', 'system', 'offboard') and name in (select unnest($names)))
),

placed as (
    select
        coalesce(account_link.canonical_id, said.account_key, only_account.account_id)
            as account_id,
        coalesce(person_link.canonical_id, said.person_raw_id) as person_id,
        said.type,
        said.name,
        said.occurred_at,
        said.known_at,
        said.properties,
        said.source,
        said.message_id,
    from said
    left join identity_link as account_link
        on  account_link.kind = 'account'
        and account_link.raw_id = said.account_key
    left join identity_link as person_link
        on  person_link.kind = 'person'
        and person_link.raw_id = said.person_raw_id
    left join only_account
        on only_account.person_id = coalesce(person_link.canonical_id, said.person_raw_id)
)

select
    reason_subject.subject,
    placed.type,
    placed.name,
    placed.person_id,
    placed.occurred_at,
    placed.known_at,
    placed.properties,
    placed.source,
    placed.message_id,
from placed
join reason_subject
    on  reason_subject.account_id = placed.account_id
    and placed.occurred_at < reason_subject.until_at
    and placed.occurred_at >= reason_subject.from_180_at
order by reason_subject.subject, placed.occurred_at, placed.message_id

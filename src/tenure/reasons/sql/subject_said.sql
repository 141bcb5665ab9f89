-- subject_said: what was said to us, and rare things that were done, before a subject's time.
--
-- Grain    one row per event
-- Reads    event, identity_link, membership_link, reason_subject
-- Params   $names varchar[], $is_known_then boolean   (false: later news, too)
-- Columns  subject      bigint
--          type         varchar
--          name         varchar
--          person_id    varchar      canonical
--          occurred_at  timestamptz
--          known_at     timestamptz
--          properties   varchar      JSON object
--          source       varchar
--          message_id   varchar
-- Rule     docs/reasons.md, "What is looked at": tickets, the events of $names, and those whose
--          name tells of a failure or a limit; of the last 180 days. What states a role or an
--          outcome counts however old it is.

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
        type in ('group', 'identify') or name = 'Outcome Stated' as is_lasting,
    from event
    where type = 'ticket'
       or (type in ('group', 'identify') and (
           contains(properties, '"required_outcome"') or contains(properties, '"role"')
       ))
       or (
           type in ('track', 'system', 'signal', 'offboard')
           and (
               name in (select unnest($names))
               or name ilike '%fail%'
               or name ilike '% error%'
               or name ilike 'error %'
               or name ilike '%limit %'
           )
       )
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
        said.is_lasting,
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
    and (placed.known_at < reason_subject.until_at or not $is_known_then)
where placed.is_lasting
   or placed.occurred_at >= reason_subject.from_180_at
order by reason_subject.subject, placed.occurred_at, placed.message_id

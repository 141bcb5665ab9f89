-- spoken_event: the events in which somebody says something that cards read word by word.
--
-- Grain    one row per event
-- Reads    event, identity_link, membership_link
-- Params   $time_zone varchar
-- Columns  account_id   varchar      canonical; null when neither event nor person tells
--          person_id    varchar      canonical; `anon:` and the anonymous id while unknown
--          kind         varchar      ticket | conversation | outcome | account_outcome |
--                                    person_outcome | payment_method | trial
--          name         varchar
--          day          date         in the company's time zone
--          occurred_at  timestamptz
--          source       varchar
--          message_id   varchar
--          properties   varchar      JSON object
-- Refresh  by day
-- Rule     docs/card-rules.md, "What is read". An event that names no account counts for the
--          account of its person, if that person belongs to exactly one.

with

spoken as (
    select
        case
            when type = 'ticket' then 'ticket'
            when type = 'group' then 'account_outcome'
            when type = 'identify' then 'person_outcome'
            when name = 'Outcome Stated' then 'outcome'
            when name in ('Payment Method Added', 'Payment Method Updated') then 'payment_method'
            when name in ('Trial Started', 'Trial Ended') then 'trial'
            else 'conversation'
        end as kind,
        name,
        account_key,
        coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id,
        (occurred_at at time zone $time_zone)::date as day,
        occurred_at,
        source,
        message_id,
        properties,
    from event
    where type = 'ticket'
       or (type in ('group', 'identify') and contains(properties, '"required_outcome"'))
       or (
           type in ('track', 'system')
           and name in (
               'Outcome Stated', 'Payment Method Added', 'Payment Method Updated', 'Call Logged',
               'Conversation Held', 'Message Received', 'Trial Started', 'Trial Ended'
           )
       )
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
    coalesce(
        account_link.canonical_id, spoken.account_key, only_account.account_id
    ) as account_id,
    coalesce(person_link.canonical_id, spoken.person_raw_id) as person_id,
    spoken.kind,
    spoken.name,
    spoken.day,
    spoken.occurred_at,
    spoken.source,
    spoken.message_id,
    spoken.properties,
from spoken
left join identity_link as account_link
    on  account_link.kind = 'account'
    and account_link.raw_id = spoken.account_key
left join identity_link as person_link
    on  person_link.kind = 'person'
    and person_link.raw_id = spoken.person_raw_id
left join only_account
    on only_account.person_id = coalesce(person_link.canonical_id, spoken.person_raw_id)

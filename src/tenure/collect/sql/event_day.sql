-- event_day: what each person did on each day, and for which account.
--
-- Grain    one row per (account_id, person_id, type, name, day)
-- Reads    event, identity_link, membership_link
-- Params   $time_zone varchar
-- Columns  account_id  varchar      canonical; null when neither the event nor its person tells
--          person_id   varchar      canonical; `anon:` and the anonymous id while unknown; null
--                                   when the event names nobody
--          type        varchar      `passive`: a track, page or screen at which nobody was there
--                                   (`context.active` false), such as a returned mail
--          name        varchar      null for types that have none
--          day         date         in the company's time zone
--          events      bigint
--          first_at    timestamptz
--          last_at     timestamptz
-- Refresh  by day
-- Rule     An event counts for the account that it names. One that names none counts for the
--          account of its person, if that person belongs to exactly one.

with

-- Ids are looked up once per day and id, not once per event: there are far fewer.
counted as (
    select
        account_key,
        coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id,
        case
            when type in ('track', 'page', 'screen')
                and contains(context, '"active"')
                and context ->> '$.active' = 'false'
                then 'passive'
            else type
        end as type,
        name,
        (occurred_at at time zone $time_zone)::date as day,
        count(*) as events,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at,
    from event
    group by 1, 2, 3, 4, 5
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
            counted.account_key,
            only_account.account_id
        ) as account_id,
        coalesce(person_link.canonical_id, counted.person_raw_id) as person_id,
        counted.type,
        counted.name,
        counted.day,
        counted.events,
        counted.first_at,
        counted.last_at,
    from counted
    left join identity_link as account_link
        on  account_link.kind = 'account'
        and account_link.raw_id = counted.account_key
    left join identity_link as person_link
        on  person_link.kind = 'person'
        and person_link.raw_id = counted.person_raw_id
    left join only_account
        on  only_account.person_id = coalesce(person_link.canonical_id, counted.person_raw_id)
)

select
    account_id,
    person_id,
    type,
    name,
    day,
    sum(events)::bigint as events,
    min(first_at) as first_at,
    max(last_at) as last_at,
from placed
group by 1, 2, 3, 4, 5

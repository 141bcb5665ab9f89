-- person_trait: the last word of each day on a person's name, email, language and role.
--
-- Grain    one row per (account_id, person_id, trait, day)
-- Reads    event, identity_link, membership_link
-- Params   $time_zone varchar
-- Columns  account_id  varchar      canonical; null for a person who belongs to none
--          person_id   varchar      canonical, never an anonymous one
--          trait       varchar      name | email | locale | role
--          value       varchar      as said, trimmed
--          day         date         in the company's time zone
--          said_at     timestamptz  when it was said last on that day
-- Refresh  by day
-- Rule     Said by identify, and for the role by `Account Added User` too. What names no account is
--          said for every account of the person. Empty texts say nothing.

with

told as (
    select
        coalesce(
            account_key,
            case when contains(properties, '"company"') then properties ->> '$.company.id' end
        ) as account_key,
        user_id,
        occurred_at,
        message_id,
        (occurred_at at time zone $time_zone)::date as day,
        trim(coalesce(
            properties ->> '$.name',
            concat(
                coalesce(properties ->> '$.firstName', properties ->> '$.first_name'), ' ',
                coalesce(properties ->> '$.lastName', properties ->> '$.last_name')
            )
        )) as person_name,
        trim(properties ->> '$.email') as email,
        trim(properties ->> '$.locale') as locale,
        trim(properties ->> '$.role') as role,
        type,
    from event
    where user_id is not null
      and (type = 'identify' or (type = 'track' and name = 'Account Added User'))
),

said as (
    select account_key, user_id, day, occurred_at, message_id, 'name' as trait,
        person_name as value,
    from told
    where type = 'identify'

    union all

    select account_key, user_id, day, occurred_at, message_id, 'email' as trait, email as value,
    from told
    where type = 'identify'

    union all

    select account_key, user_id, day, occurred_at, message_id, 'locale' as trait, locale as value,
    from told
    where type = 'identify'

    union all

    select account_key, user_id, day, occurred_at, message_id, 'role' as trait, role as value,
    from told
),

placed as (
    select
        coalesce(
            account_link.canonical_id, said.account_key, membership_link.account_id
        ) as account_id,
        coalesce(person_link.canonical_id, said.user_id) as person_id,
        said.trait,
        said.value,
        said.day,
        said.occurred_at,
        said.message_id,
    from said
    left join identity_link as account_link
        on  account_link.kind = 'account'
        and account_link.raw_id = said.account_key
    left join identity_link as person_link
        on  person_link.kind = 'person'
        and person_link.raw_id = said.user_id
    left join membership_link
        on  membership_link.person_id = coalesce(person_link.canonical_id, said.user_id)
        and said.account_key is null
    where said.value <> ''
),

ranked as (
    select
        *,
        row_number() over (
            partition by account_id, person_id, trait, day
            order by occurred_at desc, message_id desc, value
        ) as place,
    from placed
)

select
    account_id,
    person_id,
    trait,
    value,
    day,
    occurred_at as said_at,
from ranked
where place = 1

-- product_day: the values that limits and reach are counted by, and the signs of leaving, by day.
--
-- Grain    one row per (account_id, person_id, kind, name, property, day)
-- Reads    event, identity_link, membership_link, product_limit, product_reach, product_intent
-- Params   $time_zone varchar
-- Columns  account_id  varchar      canonical; null when neither event nor person tells
--          person_id   varchar      canonical; `anon:` and the anonymous id while unknown
--          kind        varchar      value | cancel_page | intent
--          name        varchar      the event; of a page the pattern that it matches
--          property    varchar      of a value; else null
--          day         date         in the company's time zone
--          events      bigint
--          total       double       sum of the property's values
--          last_value  double
--          last_at     timestamptz
-- Refresh  by day
-- Rule     docs/card-rules.md, "Limits" and "Cancel page". An event that names no account counts
--          for the account of its person, if that person belongs to exactly one. Values that are
--          no numbers, or beyond 10^15, are left out.

with

-- A name with a star, a bracket or an empty part is a path of JSON that engines refuse.
wanted as (
    select name, property
    from (
        select event as name, property
        from product_limit

        union

        select event as name, property
        from product_reach
    ) as asked
    where name is not null
      and property <> ''
      and not contains(property, '*')
      and not contains(property, '[')
      and not contains('.' || property || '.', '..')
),

declared as (
    select event, lower(replace(page, '*', '%')) as page_like, page
    from product_intent

    union

    select 'Cancel Page Viewed' as event, '%/cancel%' as page_like, '*/cancel*' as page
    where not exists (select 1 from product_intent)
),

intent as (
    select
        event.account_key,
        coalesce(event.user_id, 'anon:' || event.anonymous_id) as person_raw_id,
        event.occurred_at,
        event.message_id,
        case
            when contains(lower(declared.event), 'cancel') then 'cancel_page'
            else 'intent'
        end as kind,
        event.name,
        cast(null as varchar) as property,
        cast(null as double) as value,
    from event
    join declared
        on declared.event = event.name
    where event.type in ('track', 'page', 'screen', 'system')

    union all

    select
        event.account_key,
        coalesce(event.user_id, 'anon:' || event.anonymous_id) as person_raw_id,
        event.occurred_at,
        event.message_id,
        'cancel_page' as kind,
        declared.page as name,
        cast(null as varchar) as property,
        cast(null as double) as value,
    from event
    join declared
        on lower(coalesce(
            event.properties ->> '$.path',
            split_part(event.properties ->> '$.url', '?', 1),
            event.name
        )) like declared.page_like
    where event.type in ('page', 'screen')
),

valued as (
    select
        event.account_key,
        coalesce(event.user_id, 'anon:' || event.anonymous_id) as person_raw_id,
        event.occurred_at,
        event.message_id,
        'value' as kind,
        event.name,
        wanted.property,
        try_cast(event.properties ->> ('$.' || wanted.property) as double) as value,
    from event
    join wanted
        on wanted.name = event.name
    where event.type in ('track', 'page', 'screen', 'system', 'metric')
),

counted as (
    select account_key, person_raw_id, occurred_at, message_id, kind, name, property, value,
    from intent

    union all

    select account_key, person_raw_id, occurred_at, message_id, kind, name, property, value,
    from valued
    where value between -1e15 and 1e15
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
            account_link.canonical_id, counted.account_key, only_account.account_id
        ) as account_id,
        coalesce(person_link.canonical_id, counted.person_raw_id) as person_id,
        counted.kind,
        counted.name,
        counted.property,
        (counted.occurred_at at time zone $time_zone)::date as day,
        counted.value,
        counted.occurred_at,
        counted.message_id,
    from counted
    left join identity_link as account_link
        on  account_link.kind = 'account'
        and account_link.raw_id = counted.account_key
    left join identity_link as person_link
        on  person_link.kind = 'person'
        and person_link.raw_id = counted.person_raw_id
    left join only_account
        on only_account.person_id = coalesce(person_link.canonical_id, counted.person_raw_id)
),

ranked as (
    select
        *,
        row_number() over (
            partition by account_id, person_id, kind, name, property, day
            order by occurred_at desc, message_id desc
        ) as place,
    from placed
)

select
    account_id,
    person_id,
    kind,
    name,
    property,
    day,
    count(*) as events,
    sum(value) as total,
    max(case when place = 1 then value end) as last_value,
    max(occurred_at) as last_at,
from ranked
group by account_id, person_id, kind, name, property, day

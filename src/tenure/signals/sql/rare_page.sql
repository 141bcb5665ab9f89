-- rare_page: pages that few accounts look at in a month, and when each looked first.
--
-- Grain    one row per (account_id, month, path) of the pages that are rare
-- Reads    event, identity_link, membership_link
-- Params   $time_zone varchar, $before_on date, $most_share double
-- Columns  account_id  varchar
--          month       date         its first day
--          path        varchar      without query and anchor; numbers and long ids are `*`
--          first_on    date
--          first_at    timestamptz
-- Portable no: ids in paths are recognised by regular expressions
-- Rule     As rare_event. A page view counts for the account that it names, else for its
--          person's, if that belongs to exactly one.

with

only_account as (
    select
        person_id,
        min(account_id) as account_id,
    from membership_link
    group by person_id
    having count(*) = 1
),

viewed as (
    select
        coalesce(account_link.canonical_id, event.account_key, only_account.account_id)
            as account_id,
        coalesce(
            event.properties ->> '$.path',
            regexp_replace(event.properties ->> '$.url', '^[a-z]+://[^/]*', '')
        ) as path,
        event.occurred_at,
    from event
    left join identity_link as account_link
        on  account_link.kind = 'account'
        and account_link.raw_id = event.account_key
    left join identity_link as person_link
        on  person_link.kind = 'person'
        and person_link.raw_id = coalesce(event.user_id, 'anon:' || event.anonymous_id)
    left join only_account
        on  only_account.person_id
            = coalesce(person_link.canonical_id, event.user_id, 'anon:' || event.anonymous_id)
    where event.type in ('page', 'screen')
),

cleaned as (
    select
        account_id,
        regexp_replace(
            regexp_replace(
                left(split_part(split_part(path, '?', 1), '#', 1), 200),
                '/[0-9a-f]{8}-?[0-9a-f-]{8,}|/[0-9]+', '/*', 'g'
            ),
            '(.)/$', '\1'
        ) as path,
        (occurred_at at time zone $time_zone)::date as day,
        occurred_at,
    from viewed
    where account_id is not null
      and path <> ''
),

looked as (
    select
        account_id,
        date_trunc('month', day)::date as month,
        path,
        min(day) as first_on,
        min(occurred_at) as first_at,
    from cleaned
    where day < $before_on
    group by 1, 2, 3
),

-- Without any use to compare with, all that anybody looked at would be rare.
active_month as (
    select distinct
        coalesce(account_link.canonical_id, event.account_key) as account_id,
        date_trunc('month', (event.occurred_at at time zone $time_zone)::date)::date as month,
    from event
    left join identity_link as account_link
        on  account_link.kind = 'account'
        and account_link.raw_id = event.account_key
    where event.account_key is not null
      and event.type in ('track', 'page', 'screen')
),

active as (
    select count(*) as months,
    from active_month
),

rare as (
    select path,
    from looked
    group by path
    having count(*) < $most_share * (select months from active)
)

select
    looked.account_id,
    looked.month,
    looked.path,
    looked.first_on,
    looked.first_at,
from looked
inner join rare on rare.path = looked.path
order by looked.path, looked.account_id, looked.month

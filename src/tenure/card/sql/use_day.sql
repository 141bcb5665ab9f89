-- use_day: on which days each account used the product, and how much.
--
-- Grain    one row per (account_id, day)
-- Reads    event, identity_link, membership_link
-- Params   $time_zone varchar
-- Columns  account_id  varchar  canonical
--          day         date     in the company's time zone
--          events      bigint
-- Refresh  by day
-- Days     event_day
-- Rule     Use is track, page and screen. An event counts for the account that it names, as in
--          event_day; reads events all the same, because a past season is made from them sooner.

with

-- Who did it is asked only where no account is named.
counted as (
    select
        account_key,
        case
            when account_key is null then coalesce(user_id, 'anon:' || anonymous_id)
        end as person_raw_id,
        (occurred_at at time zone $time_zone)::date as day,
        count(*) as events,
    from event
    where type in ('track', 'page', 'screen')
      and not (contains(context, '"active"') and coalesce(context ->> '$.active' = 'false', false))
      and coalesce(account_key, user_id, anonymous_id) is not null
    group by 1, 2, 3
),

only_account as (
    select
        person_id,
        min(account_id) as account_id,
    from membership_link
    where person_id in (
        select coalesce(link.canonical_id, counted.person_raw_id)
        from counted
        left join identity_link as link
            on  link.kind = 'person'
            and link.raw_id = counted.person_raw_id
        where counted.person_raw_id is not null
    )
    group by person_id
    having count(*) = 1
),

placed as (
    select
        coalesce(
            account_link.canonical_id, counted.account_key, only_account.account_id
        ) as account_id,
        counted.day,
        counted.events,
    from counted
    left join identity_link as account_link
        on  account_link.kind = 'account'
        and account_link.raw_id = counted.account_key
    left join identity_link as person_link
        on  person_link.kind = 'person'
        and person_link.raw_id = counted.person_raw_id
    left join only_account
        on only_account.person_id = coalesce(person_link.canonical_id, counted.person_raw_id)
)

select
    account_id,
    day,
    sum(events)::bigint as events,
from placed
where account_id is not null
group by account_id, day

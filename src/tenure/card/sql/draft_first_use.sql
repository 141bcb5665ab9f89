-- draft_first_use: what accounts did first, and whether they stayed.
--
-- Grain    one row per (account_id, event), and one per account_id with a null event
-- Reads    event_day, mrr_movement
-- Params   $until_on date, $stay_days bigint, $within_days bigint, $accounts bigint
--          (accounts: the newest so many of those that are old enough)
-- Columns  account_id  varchar
--          event       varchar  null: the account itself
--          days        bigint   from the account's first event to its first event of this name
--          pays        boolean  has MRR at the end of day $stay_days
--          is_active   boolean  did anything in the last quarter of these days
-- Rule     An account begins with its first track event. Only those that began at least $stay_days
--          before $until_on count: of the others nobody knows yet.

with

begun as (
    select
        account_id,
        min(day) as starts_on,
    from event_day
    where type = 'track'
      and account_id is not null
    group by account_id
),

grown as (
    select
        account_id,
        starts_on,
    from begun
    where date_diff('day', starts_on::date, $until_on::date) >= $stay_days
    qualify row_number() over (order by starts_on desc, account_id) <= $accounts
),

paid as (
    select
        grown.account_id,
        sum(mrr_movement.delta_minor) > 0 as pays,
    from grown
    join mrr_movement
        on  mrr_movement.account_id = grown.account_id
        and date_diff('day', grown.starts_on::date, mrr_movement.moved_on::date) <= $stay_days
    group by grown.account_id
),

did as (
    select
        grown.account_id,
        event_day.name as event,
        date_diff('day', grown.starts_on::date, event_day.day::date) as days,
    from grown
    join event_day
        on  event_day.account_id = grown.account_id
        and event_day.type = 'track'
    where event_day.name is not null
),

lively as (
    select distinct account_id
    from did
    where days * 4 >= $stay_days * 3
      and days < $stay_days
),

first_use as (
    select
        account_id,
        event,
        min(days) as days,
    from did
    group by account_id, event

    union all

    select
        account_id,
        null as event,
        0 as days,
    from grown
)

select
    first_use.account_id,
    first_use.event,
    first_use.days::bigint as days,
    coalesce(paid.pays, false) as pays,
    lively.account_id is not null as is_active,
from first_use
left join paid
    on paid.account_id = first_use.account_id
left join lively
    on lively.account_id = first_use.account_id
where first_use.days <= $within_days

-- season_now: how much quieter than before all accounts together are, as in a holiday.
--
-- Grain    one row, or none when nobody used anything in these 112 days
-- Reads    event, identity_link, membership_link
-- Params   $today date, $time_zone varchar
-- Columns  accounts_compared  bigint  in use all through the 84 days before, in hundreds
--                                     from 200 on
--          season_ratio       double  median of their use in the last 28 days ÷ the 84 before,
--                                     per day, in tenths, at most 1; 1 with fewer than 20 of them
-- Refresh  full
-- Rule     docs/card-rules.md, "Season". The days end with yesterday, and the ratio is rounded, so
--          that it stands still through a day. Reads events of these days alone, not event_day, so
--          that a past card need not count the days of all time.

with

-- The first condition, two days wider than asked in any zone, is what files are left unread by.
counted as (
    select
        account_key,
        case when account_key is null then user_id end as person_id,
        (occurred_at at time zone $time_zone)::date as day,
        count(*) as events,
    from event
    where occurred_at >= ($today::date - interval 115 day)::timestamptz
      and occurred_at < ($today::date + interval 2 day)::timestamptz
      and type in ('track', 'page', 'screen')
      and not (contains(context, '"active"') and coalesce(context ->> '$.active' = 'false', false))
      and (account_key is not null or user_id is not null)
    group by 1, 2, 3
),

only_account as (
    select
        person_id,
        min(account_id) as account_id,
    from membership_link
    where person_id in (
        select coalesce(link.canonical_id, counted.person_id)
        from counted
        left join identity_link as link
            on  link.kind = 'person'
            and link.raw_id = counted.person_id
        where counted.person_id is not null
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
        and person_link.raw_id = counted.person_id
    left join only_account
        on only_account.person_id = coalesce(person_link.canonical_id, counted.person_id)
    where counted.day > $today - 113
      and counted.day < $today
),

-- Used on more than one day of each of the three spans: its first day there is not its last.
summed as (
    select
        account_id,
        sum(case when day > $today - 29 then events else 0 end) as lately,
        sum(case when day <= $today - 29 then events else 0 end) as before,
        max(case when day <= $today - 85 then day end)
            > min(case when day <= $today - 85 then day end) as is_first_used,
        max(case when day > $today - 85 and day <= $today - 57 then day end)
            > min(case when day > $today - 85 and day <= $today - 57 then day end)
            as is_second_used,
        max(case when day > $today - 57 and day <= $today - 29 then day end)
            > min(case when day > $today - 57 and day <= $today - 29 then day end)
            as is_third_used,
    from placed
    where account_id is not null
    group by account_id
),

ratio as (
    select 3.0 * lately / nullif(before, 0) as ratio,
    from summed
    where is_first_used
      and is_second_used
      and is_third_used
),

whole as (
    select
        count(*) as accounts,
        median(ratio) as ratio,
    from ratio
)

select
    case
        when accounts < 20 then 0
        when accounts < 200 then 20
        else floor(accounts / 100)::bigint * 100
    end as accounts_compared,
    case
        when accounts < 20 then 1.0
        else least(1.0, round(ratio * 10) / 10)
    end::double as season_ratio,
from whole
where exists (select 1 from summed)

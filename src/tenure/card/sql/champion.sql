-- champion: the most active person of each account.
--
-- Grain    one row per account that an identified person ever used
-- Reads    account_person, account_person_day
-- Params   $today date
-- Columns  account_id      varchar  canonical
--          person_id       varchar  canonical
--          last_seen_on    date
--          use_share       double   their events ÷ those of all identified people, in 90 days
--          is_of_90_days   boolean  false: nobody was seen in 90 days, and this is of all time
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Champion": most days with use in 90, then most events, then
--          there the longest

with

lately as (
    select
        account_id,
        person_id,
        count(*) as active_days,
        sum(events) as events,
    from account_person_day
    where not starts_with(person_id, 'anon:')
      and day > $today - 90
    group by account_id, person_id
),

summed as (
    select
        account_id,
        max(active_days) as most_days,
        sum(events) as all_events,
    from lately
    group by account_id
),

-- Who may be it: those with the most days, and where nobody was seen lately, everybody. So few have
-- to be ranked.
candidate as (
    select
        account_person.account_id,
        account_person.person_id,
        account_person.first_on,
        account_person.last_on,
        account_person.active_days as all_days,
        lately.active_days,
        lately.events,
        summed.all_events,
    from account_person
    left join summed
        on summed.account_id = account_person.account_id
    left join lately
        on  lately.account_id = account_person.account_id
        and lately.person_id = account_person.person_id
    where account_person.person_id is not null
      and not starts_with(account_person.person_id, 'anon:')
      and lately.active_days is not distinct from summed.most_days
),

ranked as (
    select
        *,
        row_number() over (
            partition by account_id
            order by
                coalesce(events, 0) desc,
                case when active_days is null then all_days end desc,
                first_on,
                person_id
        ) as place,
    from candidate
)

select
    account_id,
    person_id,
    last_on as last_seen_on,
    (events * 1.0 / nullif(all_events, 0))::double as use_share,
    events is not null as is_of_90_days,
from ranked
where place = 1

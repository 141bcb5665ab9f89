-- champion: the most active person of each account.
--
-- Grain    one row per account that an identified person ever used
-- Reads    event_day, account_person
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
        count(distinct day) as active_days,
        sum(events) as events,
    from event_day
    where account_id is not null
      and person_id is not null
      and not starts_with(person_id, 'anon:')
      and type in ('track', 'page', 'screen')
      and day > $today - 90
      and day <= $today
    group by account_id, person_id
),

ranked as (
    select
        account_person.account_id,
        account_person.person_id,
        account_person.last_on,
        lately.events,
        sum(lately.events) over (partition by account_person.account_id) as all_events,
        row_number() over (
            partition by account_person.account_id
            order by
                coalesce(lately.active_days, 0) desc,
                coalesce(lately.events, 0) desc,
                case when lately.active_days is null then account_person.active_days end desc,
                account_person.first_on,
                account_person.person_id
        ) as place,
    from account_person
    left join lately
        on  lately.account_id = account_person.account_id
        and lately.person_id = account_person.person_id
    where account_person.person_id is not null
      and not starts_with(account_person.person_id, 'anon:')
)

select
    account_id,
    person_id,
    last_on as last_seen_on,
    (events * 1.0 / nullif(all_events, 0))::double as use_share,
    events is not null as is_of_90_days,
from ranked
where place = 1

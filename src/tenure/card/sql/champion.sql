-- champion: the most active person of each account.
--
-- Grain    one row per account that an identified person ever used
-- Reads    account_person, person_lately
-- Params   none
-- Columns  account_id      varchar  canonical
--          person_id       varchar  canonical
--          last_seen_on    date
--          use_share       double   their events ÷ those of all identified people, in 90 days
--          is_of_90_days   boolean  false: nobody was seen in 90 days, and this is of all time
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Champion": most days with use in 90, then most events, then
--          there the longest

with

summed as (
    select
        account_id,
        max(active_days_90) as most_days,
        sum(events_90) as all_events,
    from person_lately
    where is_identified
      and active_days_90 > 0
    group by account_id
),

-- Where nobody was seen lately, of all time.
ever as (
    select
        account_id,
        max(active_days) as most_days,
    from account_person
    where person_id is not null
      and not starts_with(person_id, 'anon:')
      and account_id not in (select account_id from summed)
    group by account_id
),

-- Who may be it: those with the most days. So few have to be ranked.
candidate as (
    select
        account_person.account_id,
        account_person.person_id,
        account_person.first_on,
        account_person.last_on,
        person_lately.events_90 as events,
        summed.all_events,
    from summed
    join person_lately
        on  person_lately.account_id = summed.account_id
        and person_lately.active_days_90 = summed.most_days
        and person_lately.is_identified
    join account_person
        on  account_person.account_id = person_lately.account_id
        and account_person.person_id = person_lately.person_id

    union all

    select
        account_person.account_id,
        account_person.person_id,
        account_person.first_on,
        account_person.last_on,
        cast(null as bigint) as events,
        cast(null as bigint) as all_events,
    from ever
    join account_person
        on  account_person.account_id = ever.account_id
        and account_person.active_days = ever.most_days
    where account_person.person_id is not null
      and not starts_with(account_person.person_id, 'anon:')
),

ranked as (
    select
        *,
        row_number() over (
            partition by account_id
            order by coalesce(events, 0) desc, first_on, person_id
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

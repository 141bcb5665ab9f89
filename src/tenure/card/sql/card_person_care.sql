-- card_person_care: what each person asked us, and whether our mail reaches them.
--
-- Grain    one row per identified person with any of it
-- Reads    spoken_event, event_day
-- Params   $today date
-- Columns  person_id        varchar  canonical
--          tickets_90_days  bigint   opened
--          last_ticket_on   date
--          mail_bounced_on  date     last time; null when some was delivered since
-- Refresh  with the card
-- Rule     docs/card-rules.md, "People"

with

ticket as (
    select
        person_id,
        coalesce(properties ->> '$.ticket_id', message_id) as ticket_id,
        min(day) as opened_on,
    from spoken_event
    where kind = 'ticket'
      and person_id is not null
      and not starts_with(person_id, 'anon:')
      and day <= $today
    group by person_id, coalesce(properties ->> '$.ticket_id', message_id)
),

asked as (
    select
        person_id,
        count(*) filter (where opened_on > $today - 90) as tickets_90,
        max(opened_on) as last_on,
    from ticket
    group by person_id
),

mailed as (
    select
        person_id,
        max(case
            when name in ('Email Bounced', 'Email Hard Bounced', 'Email Dropped') then last_at
        end) as bounced_at,
        max(case
            when name in ('Email Bounced', 'Email Hard Bounced', 'Email Dropped') then day
        end) as bounced_on,
        max(case
            when name in ('Email Delivered', 'Email Opened', 'Email Link Clicked') then last_at
        end) as delivered_at,
    from event_day
    where person_id is not null
      and name in (
          'Email Bounced', 'Email Hard Bounced', 'Email Dropped', 'Email Delivered', 'Email Opened',
          'Email Link Clicked'
      )
      and day <= $today
    group by person_id
)

select
    coalesce(asked.person_id, mailed.person_id) as person_id,
    coalesce(asked.tickets_90, 0) as tickets_90_days,
    asked.last_on as last_ticket_on,
    case
        when mailed.delivered_at is null or mailed.delivered_at <= mailed.bounced_at
            then mailed.bounced_on
    end as mail_bounced_on,
from asked
full join mailed
    on mailed.person_id = asked.person_id

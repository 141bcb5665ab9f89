-- card_tickets: what each account asked for help, in which tone, and how it was answered.
--
-- Grain    one row per account that ever opened a ticket or had a conversation
-- Reads    spoken_event
-- Params   $today date
-- Columns  account_id                    varchar  canonical
--          tickets_open                  bigint
--          tickets_28_days               bigint   opened
--          tickets_90_days               bigint   opened
--          tickets_bad_tone_90_days      bigint   opened, in a worried or angry tone
--          tickets_bad_tone_share        double   of those of 90 days whose tone is known
--          last_ticket_tone              varchar
--          ticket_rating_mean            double   of tickets of 90 days that were rated
--          tickets_unsolved_90_days      bigint   closed without being solved
--          first_response_hours_mean     double   of tickets opened in 90 days
--          last_ticket_on                date     opened
--          last_conversation_on          date     last ticket, call or message, either way
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Tickets"

with

said as (
    select
        account_id,
        name,
        day,
        occurred_at,
        message_id,
        coalesce(properties ->> '$.ticket_id', message_id) as ticket_id,
        lower(properties ->> '$.tone') as tone,
        case
            when try_cast(properties ->> '$.rating' as double) between -1e9 and 1e9
                then try_cast(properties ->> '$.rating' as double)
        end as rating,
        case
            when try_cast(properties ->> '$.first_response_hours' as double) between 0 and 1e9
                then try_cast(properties ->> '$.first_response_hours' as double)
        end as first_response_hours,
        lower(properties ->> '$.is_solved') as is_solved,
        name in ('Ticket Closed', 'Ticket Solved') as is_closing,
    from spoken_event
    where kind = 'ticket'
      and account_id is not null
      and day <= $today
),

placed as (
    select
        *,
        row_number() over last_first as place,
        row_number() over (
            partition by account_id, ticket_id, tone is null
            order by occurred_at desc, message_id desc
        ) as tone_place,
        row_number() over (
            partition by account_id, ticket_id, is_solved is null
            order by occurred_at desc, message_id desc
        ) as solved_place,
    from said
    window last_first as (
        partition by account_id, ticket_id
        order by occurred_at desc, is_closing desc, message_id desc
    )
),

ticket as (
    select
        account_id,
        ticket_id,
        min(day) as opened_on,
        min(occurred_at) as opened_at,
        bool_or(place = 1 and is_closing) as is_closed,
        max(case when is_closing then day end) as closed_on,
        max(case when tone_place = 1 then tone end) as tone,
        max(rating) as rating,
        max(first_response_hours) as first_response_hours,
        max(case when solved_place = 1 then is_solved end) as is_solved,
    from placed
    group by account_id, ticket_id
),

summed as (
    select
        account_id,
        count(*) filter (where not is_closed) as tickets_open,
        count(*) filter (where opened_on > $today - 28) as tickets_28,
        count(*) filter (where opened_on > $today - 90) as tickets_90,
        count(*) filter (
            where opened_on > $today - 90
              and tone in ('worried', 'angry', 'negative', 'frustrated')
        ) as bad_90,
        count(tone) filter (where opened_on > $today - 90) as toned_90,
        avg(rating) filter (where opened_on > $today - 90) as rating,
        count(*) filter (
            where is_closed
              and closed_on > $today - 90
              and is_solved in ('false', '0', 'no')
        ) as unsolved_90,
        avg(first_response_hours) filter (where opened_on > $today - 90) as response_hours,
        max(opened_on) as last_on,
    from ticket
    group by account_id
),

last_toned as (
    select
        account_id,
        tone,
        row_number() over (
            partition by account_id
            order by opened_at desc, ticket_id desc
        ) as place,
    from ticket
    where tone is not null
),

talked as (
    select
        account_id,
        max(day) as last_on,
    from spoken_event
    where kind in ('ticket', 'conversation')
      and account_id is not null
      and day <= $today
    group by account_id
)

select
    talked.account_id,
    coalesce(summed.tickets_open, 0) as tickets_open,
    coalesce(summed.tickets_28, 0) as tickets_28_days,
    coalesce(summed.tickets_90, 0) as tickets_90_days,
    coalesce(summed.bad_90, 0) as tickets_bad_tone_90_days,
    (summed.bad_90 * 1.0 / nullif(summed.toned_90, 0))::double as tickets_bad_tone_share,
    last_toned.tone as last_ticket_tone,
    summed.rating as ticket_rating_mean,
    coalesce(summed.unsolved_90, 0) as tickets_unsolved_90_days,
    summed.response_hours as first_response_hours_mean,
    summed.last_on as last_ticket_on,
    talked.last_on as last_conversation_on,
from talked
left join summed
    on summed.account_id = talked.account_id
left join last_toned
    on  last_toned.account_id = talked.account_id
    and last_toned.place = 1

-- save_outcome: whether accounts were reaching what they bought us for, on certain days.
--
-- Grain    one row per asked day on which a declared outcome had been stated
-- Reads    asked_day, spoken_event, product_role, product_outcome, product_outcome_value, event_day
-- Params   none
-- Columns  ask_id           bigint
--          outcome          varchar
--          events_asked     bigint   that show it
--          events_seen      bigint   those seen within their days, up to that day
--          is_reached       boolean  all of them
-- Rule     docs/saves.md, "What a check asks". Which statement holds is as in card_outcome: the
--          account's own, else its buyer's, else the last; of those said by that day.

with

said as (
    select
        asked_day.ask_id,
        asked_day.account_id,
        asked_day.day,
        case
            when spoken_event.kind = 'account_outcome' then ''
            else lower(trim(coalesce(spoken_event.properties ->> '$.role', '')))
        end as role_said,
        lower(trim(coalesce(
            case
                when spoken_event.kind = 'outcome' then spoken_event.properties ->> '$.outcome'
                else spoken_event.properties ->> '$.required_outcome'
            end,
            ''
        ))) as outcome_said,
        spoken_event.occurred_at,
        spoken_event.message_id,
        spoken_event.source,
    from asked_day
    join spoken_event
        on  spoken_event.account_id = asked_day.account_id
        and spoken_event.day <= asked_day.day
    where spoken_event.kind in ('outcome', 'account_outcome', 'person_outcome')
),

meaning as (
    select
        value,
        min(role) as role,
    from product_role
    group by value
),

value_of as (
    select
        value,
        min(outcome) as outcome,
    from product_outcome_value
    group by value
),

placed as (
    select
        said.ask_id,
        said.account_id,
        said.day,
        coalesce(meaning.role, said.role_said) as role,
        coalesce(value_of.outcome, said.outcome_said) as outcome,
        said.occurred_at,
        said.message_id,
        said.source,
    from said
    left join meaning
        on meaning.value = said.role_said
    left join value_of
        on value_of.value = said.outcome_said
),

of_role as (
    select
        *,
        row_number() over (
            partition by ask_id, role
            order by occurred_at desc, message_id desc, source desc
        ) as place,
    from placed
),

ranked as (
    select
        *,
        row_number() over (
            partition by ask_id
            order by
                case role when '' then 0 when 'buyer' then 1 else 2 end,
                occurred_at desc,
                role
        ) as rank_place,
    from of_role
    where place = 1
      and outcome <> ''
),

needed as (
    select
        ranked.ask_id,
        ranked.account_id,
        ranked.day,
        ranked.outcome,
        product_outcome.event,
        product_outcome.within_days,
    from ranked
    join product_outcome
        on product_outcome.outcome = ranked.outcome
    where ranked.rank_place = 1
),

seen as (
    select
        needed.ask_id,
        needed.event,
        min(needed.outcome) as outcome,
        count(event_day.day) as days,
    from needed
    left join event_day
        on  event_day.account_id = needed.account_id
        and event_day.name = needed.event
        and event_day.type in ('track', 'page', 'screen', 'passive')
        and event_day.day <= needed.day
        and event_day.day > needed.day - needed.within_days::integer
    group by needed.ask_id, needed.event
)

select
    ask_id,
    min(outcome) as outcome,
    count(*) as events_asked,
    count(*) filter (where days > 0) as events_seen,
    bool_and(days > 0) as is_reached,
from seen
group by ask_id
order by ask_id

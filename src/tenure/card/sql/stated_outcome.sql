-- stated_outcome: what each account, and each role in it, wants now, and how often that changed.
--
-- Grain    one row per (account_id, role) of which an outcome holds
-- Reads    spoken_event, product_role, product_outcome_value
-- Params   $today date
-- Columns  account_id  varchar      canonical
--          role        varchar      buyer | implementer | user | executive | as it was said; empty:
--                                   of the account
--          outcome     varchar      the declared name, where its title or a value was said
--          stated_at   timestamptz  when what holds was first said, since the last change
--          stated_on   date
--          said_by     varchar      who said so: `by` of the statement, else the person
--          versions    bigint       different statements, one after the other
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Required outcome"

with

said as (
    select
        spoken_event.account_id,
        case
            when spoken_event.kind = 'account_outcome' then ''
            else lower(trim(coalesce(spoken_event.properties ->> '$.role', '')))
        end as role_said,
        trim(coalesce(
            case
                when spoken_event.kind = 'outcome' then spoken_event.properties ->> '$.outcome'
                else spoken_event.properties ->> '$.required_outcome'
            end,
            ''
        )) as outcome,
        coalesce(
            nullif(trim(spoken_event.properties ->> '$.by'), ''), spoken_event.person_id
        ) as said_by,
        spoken_event.day,
        spoken_event.occurred_at,
        spoken_event.source,
        spoken_event.message_id,
    from spoken_event
    where spoken_event.kind in ('outcome', 'account_outcome', 'person_outcome')
      and spoken_event.account_id is not null
      and spoken_event.day <= $today
),

meaning as (
    select
        value,
        min(role) as role,
    from product_role
    group by value
),

placed as (
    select
        said.account_id,
        coalesce(meaning.role, said.role_said) as role,
        coalesce(product_outcome_value.outcome, said.outcome) as outcome,
        said.said_by,
        said.day,
        said.occurred_at,
        said.source,
        said.message_id,
    from said
    left join meaning
        on meaning.value = said.role_said
    left join product_outcome_value
        on product_outcome_value.value = lower(said.outcome)
),

changed as (
    select
        *,
        lag(outcome) over in_order is distinct from outcome as is_change,
        row_number() over (
            partition by account_id, role
            order by occurred_at desc, message_id desc, source desc
        ) as place,
    from placed
    window in_order as (
        partition by account_id, role
        order by occurred_at, message_id, source
    )
),

summed as (
    select
        account_id,
        role,
        max(case when place = 1 then outcome end) as outcome,
        max(case when is_change then occurred_at end) as stated_at,
        count(*) filter (where is_change and outcome <> '') as versions,
    from changed
    group by account_id, role
),

begun as (
    select
        summed.account_id,
        summed.role,
        summed.outcome,
        summed.stated_at,
        summed.versions,
        changed.day as stated_on,
        changed.said_by,
        row_number() over (
            partition by summed.account_id, summed.role
            order by changed.message_id desc, changed.source desc
        ) as place,
    from summed
    join changed
        on  changed.account_id = summed.account_id
        and changed.role = summed.role
        and changed.occurred_at = summed.stated_at
        and changed.is_change
    where summed.outcome <> ''
)

select
    account_id,
    role,
    outcome,
    stated_at,
    stated_on,
    said_by,
    versions,
from begun
where place = 1

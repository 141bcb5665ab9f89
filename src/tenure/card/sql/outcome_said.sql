-- outcome_said: every statement of what an account, or a role in it, wants to reach.
--
-- Grain    one row per statement
-- Reads    event, identity_link, membership_link
-- Params   $account_id varchar          (null: of every account)
-- Columns  account_id   varchar      canonical; null where nothing tells the account
--          person_id    varchar      canonical; who said it, or of whom it was said; may be null
--          outcome      varchar      as it was said, trimmed; empty: it no longer holds
--          role         varchar      lower case; empty: of the account
--          said_by      varchar      who noted it, as the event says
--          text         varchar      in their own words
--          via          varchar      event | group | identify
--          occurred_at  timestamptz
--          known_at     timestamptz
--          source       varchar
--          message_id   varchar
--          source_ref   varchar
-- Rule     docs/product.md, "Required outcomes". `Outcome Stated` of type track or system; the
--          trait `required_outcome` of a group or an identify event. An identify event states the
--          outcome of its person's role, or of the account where the person has none.

with

said as (
    select
        account_key,
        coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id,
        case
            when type in ('group', 'identify') then properties ->> '$.required_outcome'
            else properties ->> '$.outcome'
        end as outcome,
        coalesce(properties ->> '$.role', '') as role,
        coalesce(properties ->> '$.by', '') as said_by,
        coalesce(properties ->> '$.text', '') as text,
        case when type in ('group', 'identify') then type else 'event' end as via,
        occurred_at,
        known_at,
        source,
        message_id,
        source_ref,
    from event
    where (type in ('track', 'system') and name = 'Outcome Stated')
       or (type in ('group', 'identify') and contains(properties, '"required_outcome"'))
),

only_account as (
    select
        person_id,
        min(account_id) as account_id,
    from membership_link
    group by person_id
    having count(*) = 1
)

select
    coalesce(
        account_link.canonical_id,
        said.account_key,
        only_account.account_id
    ) as account_id,
    coalesce(person_link.canonical_id, said.person_raw_id) as person_id,
    trim(said.outcome) as outcome,
    case when said.via = 'group' then '' else lower(trim(said.role)) end as role,
    said.said_by,
    said.text,
    said.via,
    said.occurred_at,
    said.known_at,
    said.source,
    said.message_id,
    said.source_ref,
from said
left join identity_link as account_link
    on  account_link.kind = 'account'
    and account_link.raw_id = said.account_key
left join identity_link as person_link
    on  person_link.kind = 'person'
    and person_link.raw_id = said.person_raw_id
left join only_account
    on only_account.person_id = coalesce(person_link.canonical_id, said.person_raw_id)
where said.outcome is not null
  and (
      $account_id is null
      or coalesce(account_link.canonical_id, said.account_key, only_account.account_id)
          = $account_id
  )

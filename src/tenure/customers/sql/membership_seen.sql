-- membership_seen: which person was named together with which account by new events.
--
-- Grain    one row per (person_id, account_key, role)
-- Reads    event
-- Params   $after_batch bigint, $last_batch bigint, $only varchar[]    (only null: every id)
-- Columns  person_id    varchar      as sent, not canonical
--          account_key  varchar      as sent, not canonical
--          role         varchar      of `Account Added User`, or the trait of an identify
--          since_at     timestamptz  first named together
--          known_at     timestamptz  when that could first be known
--          said_at      timestamptz  last named together in this role
--          joined_at    timestamptz  last identify, group, `Signed Up` or `Account Added User`
--          removed_at   timestamptz  last `Account Removed User`
-- Rule     reference: Segment, B2B SaaS spec. A plain event after the removal brings nobody back:
--          pages still send some while the browser stays open.

with

named as (
    select
        user_id as person_id,
        coalesce(
            account_key,
            case
                when type = 'identify' and contains(properties, '"company"')
                    then properties ->> '$.company.id'
            end
        ) as account_key,
        case
            when (type = 'track' and name = 'Account Added User')
                or (type = 'identify' and contains(properties, '"role"'))
                then properties ->> '$.role'
        end as role,
        type in ('identify', 'group')
            or (type = 'track' and name in ('Signed Up', 'Account Added User')) as is_joining,
        type = 'track' and name = 'Account Removed User' as is_removal,
        occurred_at,
        known_at,
    from event
    where batch > $after_batch
      and batch <= $last_batch
      and user_id is not null
      and type not in ('signal', 'task', 'segment', 'message', 'offboard')
)

select
    person_id,
    account_key,
    role,
    min(occurred_at) as since_at,
    min(known_at) as known_at,
    max(occurred_at) as said_at,
    max(occurred_at) filter (where is_joining) as joined_at,
    max(occurred_at) filter (where is_removal) as removed_at,
from named
where account_key is not null
  and ($only is null or person_id in (select unnest($only)))
group by person_id, account_key, role
order by person_id

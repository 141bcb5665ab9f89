-- play_event: what happened lately that brings somebody into a play, or on in one.
--
-- Grain    one row per event of one of these names, corrected ones left out: of whole batches, the
--          first ones, so many that there are at most so many rows, or one batch
-- Reads    event, identity_link, membership_link
-- Params   $after_batch bigint, $last_batch bigint, $names varchar[],
--          $rows_most bigint, $known_since timestamptz
-- Columns  batch        bigint
--          name         varchar
--          type         varchar
--          account_id   varchar      canonical; of an event that names none, its person's only one
--          person_id    varchar      canonical; null where it names none
--          segment      varchar      of a move into a segment, else null
--          answers      varchar      of an answer to a message of a play, and of what they did with
--                                    one in the product, which play; else null
--          occurred_at  timestamptz
--          known_at     timestamptz
--          source       varchar
--          message_id   varchar
-- Rule     docs/plays.md, "What brings somebody in"

with

wanted as (
    select unnest($names) as name
),

named as (
    select
        batch,
        name,
        type,
        account_key,
        coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id,
        properties,
        occurred_at,
        known_at,
        source,
        message_id,
    from event
    where batch > $after_batch
      and batch <= $last_batch
      and known_at >= $known_since
      and name in (select name from wanted)
),

counted as (
    select
        batch,
        count(*) as events,
    from named
    group by batch
),

summed as (
    select
        batch,
        sum(events) over (order by batch) as events_until,
        row_number() over (order by batch) as place,
    from counted
),

fitting as (
    select max(batch) as last_batch
    from summed
    where events_until <= $rows_most
       or place = 1
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
    named.batch,
    named.name,
    named.type,
    coalesce(account_link.canonical_id, named.account_key, only_account.account_id) as account_id,
    coalesce(person_link.canonical_id, named.person_raw_id) as person_id,
    case when named.type = 'segment' then named.properties ->> '$.segment' end as segment,
    case
        when named.type = 'message'
          or (named.type = 'system' and named.name = 'Message Received')
        then named.properties ->> '$.play'
    end as answers,
    named.occurred_at,
    named.known_at,
    named.source,
    named.message_id,
from named
join fitting
    on named.batch <= fitting.last_batch
left join identity_link as account_link
    on  account_link.kind = 'account'
    and account_link.raw_id = named.account_key
left join identity_link as person_link
    on  person_link.kind = 'person'
    and person_link.raw_id = named.person_raw_id
left join only_account
    on only_account.person_id = coalesce(person_link.canonical_id, named.person_raw_id)
order by named.occurred_at, named.message_id

-- account_seen: when each account was named by new events, source by source.
--
-- Grain    one row per (account_key, source) that an event in the batches names
-- Reads    event
-- Params   $after_batch bigint, $last_batch bigint, $only varchar[]    (only null: every id)
-- Columns  account_key    varchar      as sent, not canonical
--          source         varchar
--          first_seen_at  timestamptz
--          last_seen_at   timestamptz  null when nobody used anything
--          confirmed_at   timestamptz  last group call or `Account Created`
--          removed_at     timestamptz  last `Account Deleted`
-- Rule     An identify without a group id names the account of its trait `company.id`.
--          `context.active = false`, what is no use of the product, and traits read from a file
--          leave last_seen_at alone. What Tenure itself says of an account makes none: it may come
--          after the account was forgotten.

with

named as (
    select
        coalesce(
            account_key,
            case
                when type = 'identify' and contains(properties, '"company"')
                    then properties ->> '$.company.id'
            end
        ) as account_key,
        source,
        type,
        name,
        occurred_at,
        (
            type in ('track', 'page', 'screen', 'alias')
            or (type in ('identify', 'group') and source_ref is null)
        )
            and not (
                contains(context, '"active"')
                and coalesce(context ->> '$.active', '') = 'false'
            ) as is_use,
    from event
    where batch > $after_batch
      and batch <= $last_batch
      and type not in ('signal', 'task', 'segment', 'message', 'offboard')
)

select
    account_key,
    source,
    min(occurred_at) as first_seen_at,
    max(occurred_at) filter (where is_use) as last_seen_at,
    max(occurred_at) filter (
        where type = 'group' or (type = 'track' and name = 'Account Created')
    ) as confirmed_at,
    max(occurred_at) filter (
        where type = 'track' and name = 'Account Deleted'
    ) as removed_at,
from named
where account_key is not null
  and ($only is null or account_key in (select unnest($only)))
group by account_key, source
order by account_key

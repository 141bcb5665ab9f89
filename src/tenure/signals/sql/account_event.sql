-- account_event: what was done and said in some accounts, all of it, for the kinds of signal.
--
-- Grain    one row per (source, message_id)
-- Reads    event
-- Params   $account_keys varchar[], $user_ids varchar[], $anonymous_ids varchar[],
--          $names varchar[], $last_batch bigint, $until_at timestamptz
-- Columns  message_id    varchar
--          source        varchar
--          type          varchar
--          name          varchar
--          occurred_at   timestamptz
--          known_at      timestamptz
--          received_at   timestamptz
--          user_id       varchar
--          anonymous_id  varchar
--          account_key   varchar
--          properties    varchar      `{}` where no kind looks at them
--          context       varchar      `{}` where it says nothing of use
--          corrects      varchar
-- Rule     docs/signals.md. Ids are raw; the people are those whose events count there when
--          they name no account.

select
    message_id,
    source,
    type,
    name,
    occurred_at,
    known_at,
    received_at,
    user_id,
    anonymous_id,
    account_key,
    case
        when type not in ('track', 'identify', 'group') or name in (select unnest($names))
            then properties
        else '{}'
    end as properties,
    case when contains(context, '"active"') then context else '{}' end as context,
    corrects,
from event
where (type not in ('signal', 'task', 'segment', 'message', 'offboard') or name = 'Visit Abandoned')
  and batch <= $last_batch
  and known_at <= $until_at
  and (
    account_key in (select unnest($account_keys))
    or (
        account_key is null
        and (
            user_id in (select unnest($user_ids))
            or (user_id is null and anonymous_id in (select unnest($anonymous_ids)))
        )
    )
  )

-- exported_event: what an account's people did and said in it, as it arrived, the oldest first.
--
-- Grain    one row per (source, message_id)
-- Reads    event
-- Params   $account_keys varchar[], $rows bigint
-- Columns  occurred_at   timestamptz
--          type          varchar
--          name          varchar
--          user_id       varchar
--          anonymous_id  varchar
--          account_key   varchar
--          properties    varchar
--          context       varchar
--          source        varchar
--          message_id    varchar
-- Rule     What names the account. What Tenure itself concluded of it is among it: nothing that is
--          held is left out but what is over $rows, the oldest.

with

newest as (
    select
        occurred_at,
        type,
        name,
        user_id,
        anonymous_id,
        account_key,
        properties,
        context,
        source,
        message_id,
    from event
    where account_key in (select unnest($account_keys))
    order by occurred_at desc, message_id desc
    limit $rows
)

select *
from newest
order by occurred_at, message_id

-- touched_event: events that came, and events that what came has corrected.
--
-- Grain    one row per (source, message_id)
-- Reads    event_news, event_row
-- Params   none
-- Columns  source       varchar
--          message_id   varchar
--          occurred_at  timestamptz
--          account_key  varchar
--          person_raw_id  varchar    user id, or `anon:` and the anonymous id
-- Rule     docs/architecture.md, "Reading"

with

correcting as (
    select distinct source, corrects
    from event_news
    where corrects is not null
),

touched as (
    select source, message_id, occurred_at, account_key, user_id, anonymous_id
    from event_news
    union all
    select
        earlier.source,
        earlier.message_id,
        earlier.occurred_at,
        earlier.account_key,
        earlier.user_id,
        earlier.anonymous_id,
    from event_row as earlier
    join correcting
        on  correcting.source = earlier.source
        and correcting.corrects = earlier.message_id
)

select
    source,
    message_id,
    occurred_at,
    account_key,
    coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id,
from touched

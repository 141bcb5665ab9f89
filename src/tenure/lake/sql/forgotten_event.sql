-- forgotten_event: the events of people and accounts who want to be forgotten.
--
-- Grain    one row per event row, corrected ones too
-- Reads    event_row
-- Params   $user_ids varchar[], $anonymous_ids varchar[], $account_keys varchar[]
-- Columns  source         varchar
--          message_id     varchar
--          occurred_at    timestamptz
--          account_key    varchar
--          person_raw_id  varchar    user id, or `anon:` and the anonymous id
-- Rule     docs/architecture.md, "Who"; an alias belongs to both of its ids

with

named_user as (
    select unnest($user_ids) as id
),

named_visitor as (
    select unnest($anonymous_ids) as id
),

named_account as (
    select unnest($account_keys) as id
)

select
    source,
    message_id,
    occurred_at,
    account_key,
    coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id,
from event_row
where user_id in (select id from named_user)
   or previous_id in (select id from named_user)
   or anonymous_id in (select id from named_visitor)
   or previous_id in (select id from named_visitor)
   or account_key in (select id from named_account)

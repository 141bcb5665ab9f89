-- account_trait: the traits of accounts, each time that any were given.
--
-- Grain    one row per group event
-- Reads    event, identity_link
-- Params   none
-- Columns  account_id   varchar
--          occurred_at  timestamptz
--          received_at  timestamptz
--          source       varchar
--          message_id   varchar
--          properties   varchar      JSON object of traits
-- Refresh  by account
-- Rule     docs/metrics/churn.md, "Groups"; apart from the events, so that a question about a
--          trait does not read all of them

select
    coalesce(link.canonical_id, event.account_key) as account_id,
    event.occurred_at,
    event.received_at,
    event.source,
    event.message_id,
    event.properties,
from event
left join identity_link as link
    on  link.kind = 'account'
    and link.raw_id = event.account_key
where event.type = 'group'
  and event.account_key is not null

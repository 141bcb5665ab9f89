-- incident_said: outages and other incidents, as they were told.
--
-- Grain    one row per event of type `incident`
-- Reads    event
-- Params   none
-- Columns  name         varchar      Incident Began | Incident Ended
--          occurred_at  timestamptz
--          known_at     timestamptz
--          properties   varchar      JSON object: incident_id, title, severity, features, accounts
--          account_key  varchar
--          source       varchar
--          message_id   varchar
-- Rule     docs/reasons.md, "Outages"

select
    name,
    occurred_at,
    known_at,
    properties,
    account_key,
    source,
    message_id,
from event
where type = 'incident'
order by occurred_at, message_id

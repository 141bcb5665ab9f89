-- account_first_event: on which day an event first named each account.
--
-- Grain    one row per account that any event names
-- Reads    event_day
-- Params   none
-- Columns  account_id      varchar  canonical
--          first_event_on  date     in the company's time zone
-- Refresh  by account
-- Merge    first_event_on min
-- Rule     Events of any type, but for what Tenure itself says: that may come after the account was
--          forgotten.

select
    account_id,
    min(day) as first_event_on,
from event_day
where account_id is not null
  and type not in ('signal', 'task', 'segment', 'message', 'offboard')
group by account_id

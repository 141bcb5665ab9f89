-- commitment_happened: when what shows a commitment kept first happened after it was promised.
--
-- Grain    one row per watched commitment whose event happened
-- Reads    event_day, watched_commitment
-- Params   none
-- Columns  commitment_id  bigint
--          happened_at    timestamptz
-- Rule     docs/saves.md, "Commitments". Of a day only the first and the last time are known: that
--          is enough, because either the first lies after the promise, or the last does.

select
    watched_commitment.commitment_id,
    min(
        case
            when event_day.first_at >= watched_commitment.promised_at then event_day.first_at
            else event_day.last_at
        end
    ) as happened_at,
from watched_commitment
join event_day
    on  event_day.account_id = watched_commitment.account_id
    and event_day.name = watched_commitment.event
where event_day.last_at >= watched_commitment.promised_at
group by watched_commitment.commitment_id
order by watched_commitment.commitment_id

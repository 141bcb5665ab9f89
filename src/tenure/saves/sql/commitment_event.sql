-- commitment_event: the event that showed a commitment kept.
--
-- Grain    one row per commitment that was kept
-- Reads    event, kept_commitment
-- Params   $since_at timestamptz
-- Columns  commitment_id  bigint
--          message_id     varchar
-- Rule     docs/saves.md, "Commitments"

select
    kept_commitment.commitment_id,
    min(event.message_id) as message_id,
from kept_commitment
join event
    on  event.name = kept_commitment.event
    and event.occurred_at = kept_commitment.happened_at
where event.occurred_at >= $since_at
group by kept_commitment.commitment_id
order by kept_commitment.commitment_id

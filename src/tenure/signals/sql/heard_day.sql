-- heard_day: how many accounts were heard on each day, in each of the ways that can fall silent.
--
-- Grain    one row per day
-- Reads    event_row
-- Params   $talks varchar[], $heartbeat varchar, $not_use varchar[], $last_batch bigint,
--          $since_at timestamptz, $until_at timestamptz, $time_zone varchar
-- Columns  day      date       on which it was known, in the company's time zone
--          used     bigint     at which somebody was there
--          talked   bigint
--          alive    bigint     with a widget that says so
-- Rule     docs/signals.md, "Days that were not measured". By when it was known, so that a day that
--          is over does not change. Who names no account counts as one for each person.

with spoken as (
    select distinct
        (known_at at time zone $time_zone)::date as day,
        coalesce(account_key, user_id, anonymous_id) as who,
        type in ('track', 'page', 'screen')
            and coalesce(name, '') not in (select unnest($not_use))
            and not (
                contains(context, '"active"')
                and coalesce(context ->> '$.active', '') = 'false'
            ) as is_use,
        type = 'ticket' or coalesce(name, '') in (select unnest($talks)) as is_talk,
        coalesce(name, '') = $heartbeat as is_alive,
    from event_row
    where type not in ('signal', 'task', 'segment', 'message', 'offboard')
      and batch <= $last_batch
      and known_at >= $since_at
      and known_at < $until_at
)

select
    day,
    count(distinct who) filter (where is_use) as used,
    count(distinct who) filter (where is_talk) as talked,
    count(distinct who) filter (where is_alive) as alive,
from spoken
group by day

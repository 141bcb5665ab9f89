-- person_use: what each person of one account did there lately, unknown visitors too.
--
-- Grain    one row per person
-- Reads    event_day
-- Params   $account_id varchar, $first_on date, $before_on date
-- Columns  person_id     varchar      canonical; `anon:` and the anonymous id while unknown
--          events        bigint       track, page and screen in the span
--          last_seen_at  timestamptz  last of them before the end of the span, at any time
-- Rule     Only what counts for this account: a person of two accounts is in both, each apart.

select
    person_id,
    coalesce(sum(events) filter (where day >= $first_on), 0)::bigint as events,
    max(last_at) as last_seen_at,
from event_day
where account_id = $account_id
  and person_id is not null
  and type in ('track', 'page', 'screen')
  and day < $before_on
group by person_id
order by person_id

-- hand_cards: what a card counts in windows, in one statement written for nothing else.
--
-- Grain    one row
-- Reads    event, billing_fact
-- Params   $today date
-- Columns  accounts  bigint
--          people    bigint
--          events    bigint
--          facts     bigint
-- Portable no: it is compared on DuckDB alone
-- Rule     docs/performance.md: the limit that the card rows are compared with

with

used as (
    select
        account_key,
        user_id,
        name,
        occurred_at::date as day,
        count(*) as events,
        max(occurred_at) as last_at,
    from event
    where account_key is not null
      and type in ('track', 'page', 'screen')
    group by all
),

lifetime as (
    select
        account_key,
        min(day) as first_on,
        max(last_at) as last_at,
        count(distinct user_id) as people,
        count(distinct name) as features,
        count(distinct user_id) filter (where day > $today - 7) as people_7,
        count(distinct user_id) filter (where day > $today - 28) as people_28,
        count(distinct user_id) filter (where day > $today - 90) as people_90,
        count(distinct day) filter (where day > $today - 28) as days_28,
        sum(events) filter (where day > $today - 28) as events_28,
        sum(events) filter (where day > $today - 112 and day <= $today - 28) as events_before,
    from used
    group by account_key
),

held as (
    select
        account_key,
        count(*) as facts,
        max_by(plan, effective_at) as plan,
        max_by(mrr_minor, effective_at) as mrr_minor,
    from billing_fact
    group by account_key
)

select
    count(*) as accounts,
    sum(lifetime.people)::bigint as people,
    sum(lifetime.events_28)::bigint as events,
    sum(held.facts)::bigint as facts,
from lifetime
full join held
    on held.account_key = lifetime.account_key

-- account_known: every account that anything names, and since when. Each has a card.
--
-- Grain    one row per account
-- Reads    event_day, billing_fact, identity_link
-- Params   $time_zone varchar
-- Columns  account_id      varchar      canonical
--          first_event_on  date         in the company's time zone
--          first_fact_on   date
--          known_on        date         the earlier of the two
-- Refresh  by account
-- Rule     An event of any type names an account, and so does any billing fact. What Tenure itself
--          says of one does not: it may come after the account was forgotten.

with

told as (
    select
        account_id,
        min(day) as first_event_on,
    from event_day
    where account_id is not null
      and type not in ('signal', 'task', 'segment', 'message', 'offboard')
    group by account_id
),

billed as (
    select
        coalesce(link.canonical_id, billing_fact.account_key) as account_id,
        min((billing_fact.effective_at at time zone $time_zone)::date) as first_fact_on,
    from billing_fact
    left join identity_link as link
        on  link.kind = 'account'
        and link.raw_id = billing_fact.account_key
    group by 1
)

select
    coalesce(told.account_id, billed.account_id) as account_id,
    told.first_event_on,
    billed.first_fact_on,
    least(told.first_event_on, billed.first_fact_on) as known_on,
from told
full join billed
    on billed.account_id = told.account_id

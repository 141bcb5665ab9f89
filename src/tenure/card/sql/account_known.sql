-- account_known: every account that anything names, and since when. Each has a card.
--
-- Grain    one row per account
-- Reads    account_first_event, billing_fact, identity_link
-- Params   $time_zone varchar
-- Columns  account_id      varchar      canonical
--          first_event_on  date         in the company's time zone
--          first_fact_on   date
--          known_on        date         the earlier of the two
-- Refresh  by account
-- Rule     An event of any type names an account, and so does any billing fact. What Tenure itself
--          says of one does not (account_first_event).

with

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
    coalesce(account_first_event.account_id, billed.account_id) as account_id,
    account_first_event.first_event_on,
    billed.first_fact_on,
    least(account_first_event.first_event_on, billed.first_fact_on) as known_on,
from account_first_event
full join billed
    on billed.account_id = account_first_event.account_id

-- payment_said: what billing said of payments and cards, fact by fact.
--
-- Grain    one row per fact that is a payment or names when a card expires
-- Reads    billing_fact, identity_link
-- Params   none
-- Columns  account_id       varchar      canonical
--          account_key      varchar      as billing names it
--          source           varchar
--          subscription_id  varchar      null where billing names none
--          kind             varchar      payment_failed | payment_succeeded | any other
--          effective_at     timestamptz
--          message_id       varchar
--          attributes       varchar      JSON object
-- Refresh  by account
-- Rule     docs/card-rules.md, "Payments". No day alone changes it: facts take long to settle.

select
    coalesce(link.canonical_id, billing_fact.account_key) as account_id,
    billing_fact.account_key,
    billing_fact.source,
    billing_fact.subscription_id,
    billing_fact.kind,
    billing_fact.effective_at,
    billing_fact.message_id,
    billing_fact.attributes,
from billing_fact
left join identity_link as link
    on  link.kind = 'account'
    and link.raw_id = billing_fact.account_key
where billing_fact.kind in ('payment_failed', 'payment_succeeded')
   or contains(billing_fact.attributes, '"card_exp')

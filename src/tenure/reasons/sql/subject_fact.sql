-- subject_fact: what billing had said of each subject before its time.
--
-- Grain    one row per fact
-- Reads    billing_fact, identity_link, reason_subject
-- Params   none
-- Columns  subject           bigint
--          kind              varchar      start | end | notice | pause | resume | payment_failed |
--                                         payment_succeeded
--          source            varchar
--          subscription_id   varchar
--          effective_at      timestamptz
--          ends_at           timestamptz
--          status            varchar
--          plan              varchar
--          billing_interval  varchar
--          quantity          bigint
--          mrr_minor         bigint
--          currency          varchar
--          message_id        varchar
-- Rule     docs/reasons.md, "What is looked at". What was effective later but known before (an
--          announced change) is there as well.

select
    reason_subject.subject,
    billing_fact.kind,
    billing_fact.source,
    coalesce(billing_fact.subscription_id, '') as subscription_id,
    billing_fact.effective_at,
    billing_fact.ends_at,
    billing_fact.status,
    billing_fact.plan,
    billing_fact.billing_interval,
    billing_fact.quantity,
    billing_fact.mrr_minor,
    billing_fact.currency,
    billing_fact.message_id,
from billing_fact
left join identity_link as account_link
    on  account_link.kind = 'account'
    and account_link.raw_id = billing_fact.account_key
join reason_subject
    on  reason_subject.account_id = coalesce(account_link.canonical_id, billing_fact.account_key)
    and billing_fact.known_at < reason_subject.until_at
where billing_fact.kind in (
    'start', 'end', 'notice', 'pause', 'resume', 'payment_failed', 'payment_succeeded'
)
order by
    reason_subject.subject, billing_fact.effective_at, billing_fact.kind, billing_fact.message_id

-- notice: every time that it was said that a subscription will end.
--
-- Grain    one row per notice fact that names an end
-- Reads    billing_fact, subscription_period, identity_link
-- Params   $time_zone varchar, $first_on date, $before_on date
-- Columns  account_id       varchar
--          source           varchar
--          subscription_id  varchar
--          notice_at        timestamptz
--          noticed_on       date         in the company's zone
--          ends_on          date         the end that was announced
--          is_withdrawn     boolean      whether it was taken back, or replaced, before that end
--          currency         varchar
--          mrr_minor        bigint       of the subscription when notice was given
--          source_ref       varchar
-- Rule     docs/metrics/churn.md, "Notices"

with

said as (
    select
        billing_fact.source,
        billing_fact.fact_key,
        coalesce(link.canonical_id, billing_fact.account_key) as account_id,
        coalesce(billing_fact.subscription_id, billing_fact.account_key) as subscription_id,
        billing_fact.version_key,
        billing_fact.effective_at,
        billing_fact.ends_at,
        billing_fact.source_ref,
        lead(billing_fact.effective_at) over (
            partition by
                billing_fact.source,
                coalesce(link.canonical_id, billing_fact.account_key),
                coalesce(billing_fact.subscription_id, billing_fact.account_key),
                billing_fact.version_key
            order by billing_fact.effective_at, billing_fact.known_at, billing_fact.message_id
        ) as next_said_at,
    from billing_fact
    left join identity_link as link
        on  link.kind = 'account'
        and link.raw_id = billing_fact.account_key
    where billing_fact.kind = 'notice'
),

notice as (
    select
        *,
        cast(effective_at at time zone $time_zone as date) as noticed_on,
        cast(ends_at at time zone $time_zone as date) as ends_on,
        coalesce(next_said_at < ends_at, false) as is_withdrawn,
    from said
    where ends_at is not null
)

select
    notice.account_id,
    notice.source,
    notice.subscription_id,
    notice.effective_at as notice_at,
    notice.noticed_on,
    notice.ends_on,
    notice.is_withdrawn,
    max(period.currency) as currency,
    cast(coalesce(sum(period.mrr_minor), 0) as bigint) as mrr_minor,
    notice.source_ref,
from notice
left join subscription_period as period
    on  period.source = notice.source
    and period.account_id = notice.account_id
    and period.subscription_id = notice.subscription_id
    and (notice.version_key is null or period.version_key = notice.version_key)
    and period.is_paying
    and period.starts_at <= notice.effective_at
    and (period.ends_at is null or period.ends_at > notice.effective_at)
where notice.noticed_on >= $first_on
  and notice.noticed_on < $before_on
group by
    notice.account_id,
    notice.source,
    notice.subscription_id,
    notice.fact_key,
    notice.effective_at,
    notice.noticed_on,
    notice.ends_on,
    notice.is_withdrawn,
    notice.source_ref
order by notice.effective_at, notice.account_id, notice.subscription_id

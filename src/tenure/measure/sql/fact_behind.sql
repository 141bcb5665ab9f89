-- fact_behind: what billing said of some accounts, up to a day, with the line that said so.
--
-- Grain    one row per (source, fact_key)
-- Reads    billing_fact, identity_link
-- Params   $account_ids varchar[], $before_on date, $time_zone varchar
-- Columns  account_id       varchar
--          source           varchar
--          fact_key         varchar
--          kind             varchar
--          subscription_id  varchar
--          effective_at     timestamptz
--          takes_effect_on  date         in the company's zone
--          runs_out_on      date         of an invoice line
--          plan             varchar
--          mrr_minor        bigint
--          currency         varchar
--          source_ref       varchar
-- Rule     docs/metrics/churn.md, "Where a figure comes from"

with

asked as (
    select unnest($account_ids) as account_id,
),

told as (
    select
        coalesce(link.canonical_id, billing_fact.account_key) as account_id,
        billing_fact.*,
    from billing_fact
    left join identity_link as link
        on  link.kind = 'account'
        and link.raw_id = billing_fact.account_key
)

select
    told.account_id,
    told.source,
    told.fact_key,
    told.kind,
    told.subscription_id,
    told.effective_at,
    cast(told.effective_at at time zone $time_zone as date) as takes_effect_on,
    case
        when told.kind = 'invoice_line' then cast(told.ends_at at time zone $time_zone as date)
    end as runs_out_on,
    told.plan,
    told.mrr_minor,
    told.currency,
    told.source_ref,
from told
join asked
    on  asked.account_id = told.account_id
where cast(told.effective_at at time zone $time_zone as date) < $before_on
order by told.effective_at, told.source, told.fact_key

-- account_period: what one account has held, version by version, the newest first.
--
-- Grain    one row per version of a subscription, or per invoice line where there are only lines
-- Reads    subscription_period
-- Params   $account_id varchar
-- Columns  starts_on               date
--          ends_on                 date     first day at whose end it no longer holds; null: open
--          status                  varchar
--          is_paying               boolean
--          plan                    varchar
--          billing_interval        varchar
--          billing_interval_count  integer
--          quantity                bigint
--          amount_minor            bigint
--          mrr_minor               bigint
--          currency                varchar
--          source                  varchar
--          source_ref              varchar
--          subscription_id         varchar
-- Rule     docs/metrics/mrr.md

select
    starts_on,
    ends_on,
    status,
    is_paying,
    plan,
    billing_interval,
    billing_interval_count,
    quantity,
    amount_minor,
    mrr_minor,
    currency,
    source,
    source_ref,
    subscription_id,
from subscription_period
where account_id = $account_id
order by starts_on desc, starts_at desc, subscription_id

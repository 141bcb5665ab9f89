-- draft_price: what was paid for each plan, as often as it was agreed.
--
-- Grain    one row per (plan, currency, is_monthly, is_free, quantity, month_minor)
-- Reads    subscription_period
-- Params   none
-- Columns  plan         varchar
--          currency     varchar
--          is_monthly   boolean  billed by the single month, so without a discount for a year
--          is_free      boolean
--          quantity     bigint   seats; null where the billing system names none
--          month_minor  bigint   per month, after discount
--          periods      bigint
--          accounts     bigint
-- Rule     Trials say nothing of a price. Of subscriptions and invoice lines both count.

select
    plan,
    currency,
    coalesce(billing_interval = 'month' and billing_interval_count = 1, false) as is_monthly,
    not is_paying as is_free,
    quantity,
    case when is_paying then mrr_minor else 0 end as month_minor,
    count(*) as periods,
    count(distinct account_id) as accounts,
from subscription_period
where plan is not null
  and currency is not null
  and (is_paying or status = 'free')
group by 1, 2, 3, 4, 5, 6

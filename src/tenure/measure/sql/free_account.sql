-- free_account: accounts that never paid and whose last trial or free period has an end.
--
-- Grain    one row per account_id
-- Reads    subscription_period
-- Params   none
-- Columns  account_id  varchar
--          currency    varchar  of that last period
--          lost_on     date     first day at whose end it no longer holds; may be to come
--          source      varchar
--          fact_id     varchar
-- Refresh  by account
-- Rule     docs/metrics/churn.md, "Free accounts lost"

with

ranked as (
    select
        account_id,
        currency,
        ends_on,
        source,
        fact_id,
        max(case when is_paying then 1 else 0 end) over (
            partition by account_id
        ) as has_paid,
        row_number() over (
            partition by account_id
            order by coalesce(ends_on, date '9999-12-31') desc, starts_at desc, source, fact_id
        ) as place,
    from subscription_period
    where ends_on is null
       or ends_on > starts_on
)

select
    account_id,
    currency,
    ends_on as lost_on,
    source,
    fact_id,
from ranked
where place = 1
  and ends_on is not null
  and has_paid = 0

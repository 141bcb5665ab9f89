-- mrr_movement: why monthly recurring revenue changed, account by account.
--
-- Grain    one row per (account_id, currency, moved_on) whose MRR at the end of the day differs
--          from that at the end of the day before
-- Reads    subscription_period
-- Params   none
-- Columns  account_id        varchar
--          currency          varchar
--          moved_on          date
--          kind              varchar  new | expansion | contraction | churn | reactivation
--          delta_minor       bigint   never 0; negative for contraction and churn
--          mrr_before_minor  bigint   at the end of the day before
--          mrr_after_minor   bigint   at the end of the day
-- Refresh  by account
-- Rule     docs/metrics/mrr.md

with

-- A period that starts and ends within one day never stands at the end of a day.
edge as (
    select account_id, currency, starts_on as moved_on, mrr_minor as delta_minor,
    from subscription_period
    where is_paying
      and (ends_on is null or ends_on > starts_on)

    union all

    select account_id, currency, ends_on as moved_on, -mrr_minor as delta_minor,
    from subscription_period
    where is_paying
      and ends_on > starts_on
),

net as (
    select
        account_id,
        currency,
        moved_on,
        sum(delta_minor) as delta_minor,
    from edge
    group by account_id, currency, moved_on
    having sum(delta_minor) <> 0
),

-- Credits on invoice lines can outweigh charges; an account never pays less than nothing.
balance as (
    select
        account_id,
        currency,
        moved_on,
        cast(greatest(sum(delta_minor) over (
            partition by account_id, currency
            order by moved_on
            rows between unbounded preceding and current row
        ), 0) as bigint) as mrr_after_minor,
    from net
),

change as (
    select
        account_id,
        currency,
        moved_on,
        mrr_after_minor,
        lag(mrr_after_minor, 1, 0) over (
            partition by account_id, currency
            order by moved_on
        ) as mrr_before_minor,
        coalesce(max(mrr_after_minor) over (
            partition by account_id, currency
            order by moved_on
            rows between unbounded preceding and 1 preceding
        ), 0) > 0 as has_paid_before,
    from balance
)

select
    account_id,
    currency,
    moved_on,
    case
        when mrr_before_minor = 0 and not has_paid_before then 'new'
        when mrr_before_minor = 0                         then 'reactivation'
        when mrr_after_minor = 0                          then 'churn'
        when mrr_after_minor > mrr_before_minor           then 'expansion'
        else                                                   'contraction'
    end as kind,
    mrr_after_minor - mrr_before_minor as delta_minor,
    mrr_before_minor,
    mrr_after_minor,
from change
where mrr_after_minor <> mrr_before_minor

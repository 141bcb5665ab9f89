-- account_month: what one account did in one month, and what it paid before and after.
--
-- Grain    one row per (account_id, currency, month) in which its MRR or its group changed
-- Reads    ledger
-- Params   $before_on date
-- Columns  account_id           varchar
--          currency             varchar
--          month                date     its first day
--          start_minor          bigint   MRR at the end of the last day before the month
--          end_minor            bigint   and at the end of its last day
--          start_group          varchar  group at these two times, if paying
--          end_group            varchar
--          joined_group         varchar  on the first day of paying, if not paying at the start
--          new_count            bigint   movements of that kind, as are the next two
--          reactivated_count    bigint
--          churned_count        bigint
--          new_minor            bigint
--          expansion_minor      bigint
--          contraction_minor    bigint   negative
--          churned_minor        bigint   negative
--          reactivated_minor    bigint
-- Rule     docs/metrics/churn.md

with

placed as (
    select
        account_id,
        currency,
        moved_on,
        cast(date_trunc('month', moved_on) as date) as month,
        kind,
        delta_minor,
        mrr_before_minor,
        mrr_after_minor,
        group_before,
        group_after,
        lag(moved_on) over (
            partition by account_id, currency
            order by moved_on
        ) as last_moved_on,
        lead(moved_on) over (
            partition by account_id, currency
            order by moved_on
        ) as next_moved_on,
    from ledger
    where moved_on < $before_on
),

marked as (
    select
        *,
        last_moved_on is null or last_moved_on < month as is_first,
        next_moved_on is null
            or cast(date_trunc('month', next_moved_on) as date) > month as is_last,
    from placed
)

-- An account that opens the month at nothing pays by the end of its first day of change.
select
    account_id,
    currency,
    month,
    max(case when is_first then mrr_before_minor end) as start_minor,
    max(case when is_last then mrr_after_minor end) as end_minor,
    max(case when is_first then group_before end) as start_group,
    max(case when is_last then group_after end) as end_group,
    max(case when is_first and mrr_before_minor = 0 then group_after end) as joined_group,
    count(*) filter (where kind = 'new') as new_count,
    count(*) filter (where kind = 'reactivation') as reactivated_count,
    count(*) filter (where kind = 'churn') as churned_count,
    sum(case when kind = 'new' then delta_minor else 0 end)::bigint as new_minor,
    sum(case when kind = 'expansion' then delta_minor else 0 end)::bigint as expansion_minor,
    sum(case when kind = 'contraction' then delta_minor else 0 end)::bigint as contraction_minor,
    sum(case when kind = 'churn' then delta_minor else 0 end)::bigint as churned_minor,
    sum(case when kind = 'reactivation' then delta_minor else 0 end)::bigint as reactivated_minor,
from marked
group by account_id, currency, month

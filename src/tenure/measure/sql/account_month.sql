-- account_month: what one account did in one month, and what it paid before and after.
--
-- Grain    one row per (account_id, currency, month) in which its MRR, or the subscription that
--          stands for it, changed
-- Reads    mrr_movement, lead_period
-- Params   none
-- Columns  account_id           varchar
--          currency             varchar
--          month                date     its first day
--          start_minor          bigint   MRR at the end of the last day before the month
--          end_minor            bigint   and at the end of its last day
--          new_count            bigint   movements of that kind, as are the next two
--          reactivated_count    bigint
--          churned_count        bigint
--          new_minor            bigint
--          expansion_minor      bigint
--          contraction_minor    bigint   negative
--          churned_minor        bigint   negative
--          reactivated_minor    bigint
--          opening_source       varchar  of the leading period at the start; of the first in the
--                                        month, if it paid nothing at the start
--          opening_fact_id      varchar
--          closing_source       varchar  of the leading period at the end
--          closing_fact_id      varchar
-- Refresh  by account
-- Rule     docs/metrics/churn.md

with

step as (
    select
        coalesce(movement.account_id, lead_period.account_id) as account_id,
        coalesce(movement.currency, lead_period.currency) as currency,
        coalesce(movement.moved_on, lead_period.day) as day,
        movement.kind,
        coalesce(movement.delta_minor, 0) as delta_minor,
        coalesce(movement.mrr_before_minor, lead_period.mrr_minor) as mrr_before_minor,
        coalesce(movement.mrr_after_minor, lead_period.mrr_minor) as mrr_after_minor,
        lead_period.source,
        lead_period.fact_id,
        lead_period.source_before,
        lead_period.fact_id_before,
    from mrr_movement as movement
    full outer join lead_period
        on  lead_period.account_id = movement.account_id
        and lead_period.currency = movement.currency
        and lead_period.day = movement.moved_on
    where movement.kind is not null
       -- While credits outweigh what is paid, no period stands for the account.
       or (
        lead_period.mrr_minor > 0
        and (
            lead_period.fact_id is distinct from lead_period.fact_id_before
            or lead_period.source is distinct from lead_period.source_before
        )
       )
),

placed as (
    select
        *,
        cast(date_trunc('month', day) as date) as month,
        lag(day) over (
            partition by account_id, currency
            order by day
        ) as last_day,
        lead(day) over (
            partition by account_id, currency
            order by day
        ) as next_day,
    from step
),

marked as (
    select
        *,
        last_day is null or last_day < month as is_first,
        next_day is null or cast(date_trunc('month', next_day) as date) > month as is_last,
    from placed
)

-- An account that opens the month at nothing pays by the end of its first day of change.
select
    account_id,
    currency,
    month,
    max(case when is_first then mrr_before_minor end) as start_minor,
    max(case when is_last then mrr_after_minor end) as end_minor,
    count(*) filter (where kind = 'new') as new_count,
    count(*) filter (where kind = 'reactivation') as reactivated_count,
    count(*) filter (where kind = 'churn') as churned_count,
    sum(case when kind = 'new' then delta_minor else 0 end)::bigint as new_minor,
    sum(case when kind = 'expansion' then delta_minor else 0 end)::bigint as expansion_minor,
    sum(case when kind = 'contraction' then delta_minor else 0 end)::bigint as contraction_minor,
    sum(case when kind = 'churn' then delta_minor else 0 end)::bigint as churned_minor,
    sum(case when kind = 'reactivation' then delta_minor else 0 end)::bigint as reactivated_minor,
    max(case
        when is_first and mrr_before_minor > 0 then source_before
        when is_first then source
    end) as opening_source,
    max(case
        when is_first and mrr_before_minor > 0 then fact_id_before
        when is_first then fact_id
    end) as opening_fact_id,
    max(case when is_last then source end) as closing_source,
    max(case when is_last then fact_id end) as closing_fact_id,
from marked
group by account_id, currency, month

-- account_behind: the accounts that make up one figure of one month, the weightiest first.
--
-- Grain    one row per (account_id, currency) that has a part in the figure
-- Reads    grouped_month
-- Params   $month date, $field varchar, $only_currency varchar, $in_group boolean,
--          $group_value varchar, $counts_all boolean, $row_limit bigint
-- Columns  account_id          varchar
--          currency            varchar
--          group_value         varchar
--          start_minor         bigint   MRR at the start of the month
--          end_minor           bigint   MRR at its end
--          part_minor          bigint   what of it is in the figure
--          accounts_behind     bigint   how many there are in all
-- Rule     docs/metrics/churn.md; $counts_all as joined_and_left_in_rates in a rule set

with

-- The last month before this one in which the account changed tells what it paid at its start.
earlier as (
    select
        account_id,
        currency,
        end_minor,
        end_group,
        row_number() over (
            partition by account_id, currency
            order by month desc
        ) as place,
    from grouped_month
    where month < $month
),

month_now as (
    select *
    from grouped_month
    where month = $month
),

standing as (
    select
        coalesce(month_now.account_id, earlier.account_id) as account_id,
        coalesce(month_now.currency, earlier.currency) as currency,
        case
            when month_now.account_id is null then earlier.end_group
            else month_now.group_value
        end as group_value,
        coalesce(month_now.start_minor, earlier.end_minor) as start_minor,
        coalesce(month_now.end_minor, earlier.end_minor) as end_minor,
        month_now.account_id is not null as has_moved,
        coalesce(month_now.new_count, 0) as new_count,
        coalesce(month_now.reactivated_count, 0) as reactivated_count,
        coalesce(month_now.churned_count, 0) as churned_count,
        coalesce(month_now.new_minor, 0) as new_minor,
        coalesce(month_now.expansion_minor, 0) as expansion_minor,
        coalesce(month_now.contraction_minor, 0) as contraction_minor,
        coalesce(month_now.churned_minor, 0) as churned_minor,
        coalesce(month_now.reactivated_minor, 0) as reactivated_minor,
    from month_now
    full outer join (select * from earlier where place = 1) as earlier
        on  earlier.account_id = month_now.account_id
        and earlier.currency = month_now.currency
),

-- Null where the account has no part in the figure.
part as (
    select
        *,
        case
            when $field in ('accounts_at_start', 'mrr_at_start_minor') and start_minor > 0
                then start_minor
            when $field in ('accounts_at_end', 'mrr_at_end_minor', 'accounts', 'arpa_minor')
                and end_minor > 0
                then end_minor
            when $field in ('accounts_new', 'mrr_new_minor') and new_count > 0
                then new_minor
            when $field in ('accounts_reactivated', 'mrr_reactivated_minor')
                and reactivated_count > 0
                then reactivated_minor
            when $field in ('accounts_churned', 'mrr_churned_minor') and churned_count > 0
                then churned_minor
            when $field = 'mrr_expansion_minor' and expansion_minor > 0
                then expansion_minor
            when $field = 'mrr_contraction_minor' and contraction_minor < 0
                then contraction_minor
            when $field = 'account_acquisition_rate' and new_count > 0 and end_minor > 0
                then end_minor
            when $field = 'account_churn_rate' and $counts_all and churned_count > 0
                then churned_minor
            when $field = 'account_churn_rate'
                and not $counts_all
                and start_minor > 0
                and end_minor = 0
                then -start_minor
            when $field = 'gross_mrr_churn_rate'
                and ($counts_all or start_minor + end_minor > 0)
                and churned_minor + contraction_minor < 0
                then churned_minor + contraction_minor
            when $field = 'net_mrr_churn_rate'
                and ($counts_all or start_minor + end_minor > 0)
                and churned_minor + contraction_minor + expansion_minor + reactivated_minor <> 0
                then churned_minor + contraction_minor + expansion_minor + reactivated_minor
            when $field = 'grr' and start_minor > 0 and end_minor < start_minor
                then end_minor - start_minor
            when $field = 'nrr' and start_minor > 0 and end_minor <> start_minor
                then end_minor - start_minor
            when $field = 'moved' and has_moved
                then end_minor - start_minor
        end as part_minor,
    from standing
    where ($only_currency = '' or currency = $only_currency)
      and (not $in_group or group_value is not distinct from $group_value)
)

select
    account_id,
    currency,
    group_value,
    start_minor,
    end_minor,
    part_minor,
    count(*) over () as accounts_behind,
from part
where part_minor is not null
order by abs(part_minor) desc, account_id, currency
limit $row_limit

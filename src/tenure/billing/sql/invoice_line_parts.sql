-- invoice_line_parts: what was charged, for which service, and what that is a month.
--
-- Grain    one row per part of a row of the file
-- Reads    mapped_row
-- Params   $time_zone varchar
-- Columns  position                bigint
--          part                    varchar
--          is_absent               boolean        the row says that there is no such part
--          kind                    varchar
--          subject                 varchar        what fact keys begin with
--          account_key             varchar
--          subscription_id         varchar
--          version_key             varchar
--          effective_at            timestamptz
--          ends_at                 timestamptz
--          recorded_at             timestamptz    as the map's known_at has it
--          known_at                timestamptz
--          status                  varchar
--          plan                    varchar
--          billing_interval        varchar
--          billing_interval_count  integer
--          quantity                bigint
--          amount_minor            bigint
--          mrr_minor               bigint
--          currency                varchar
--          attributes              varchar
-- Portable no: it runs while a file is imported, never on the lake
-- Rule     docs/import.md, "Invoice lines"

with

bounded as (
    select
        *,
        coalesce(billing_interval_count, 1) * case billing_interval
            when 'month' then 1
            when 'quarter' then 3
            when 'year' then 12
            else 0
        end as interval_months,
        coalesce(billing_interval_count, 1) * case billing_interval
            when 'day' then 1
            when 'week' then 7
            else 0
        end as interval_days,
        timezone($time_zone, starts_at) as local_start,
    from mapped_row
),

-- Without an end, the service period is one billing interval long, by the local calendar.
served as (
    select
        *,
        amount - coalesce(tax, 0) as net,
        timezone($time_zone, coalesce(
            ends_at,
            timezone(
                $time_zone,
                local_start + to_months(interval_months::integer) + to_days(interval_days::integer)
            )
        )) as local_end,
    from bounded
),

measured as (
    select
        *,
        date_diff('day', local_start::date, local_end::date) as days,
        12 * (year(local_end) - year(local_start)) + month(local_end) - month(local_start)
            as whole_months,
    from served
),

-- n whole months count n; anything else counts its days, 365 of them 12 months.
spread as (
    select
        *,
        case
            when days < 1 then null
            when whole_months >= 1
                and (local_start + to_months(whole_months::integer))::date = local_end::date
            then whole_months
            else 12 * days
        end as months,
        case
            when whole_months >= 1
                and (local_start + to_months(whole_months::integer))::date = local_end::date
            then 1
            else 365
        end as parts,
        concat_ws('/', coalesce(subscription, account), 'line', line) as subject,
    from measured
)

select
    position,
    'line' as part,
    false as is_absent,
    'invoice_line' as kind,
    subject,
    account as account_key,
    subscription as subscription_id,
    null::varchar as version_key,
    starts_at as effective_at,
    timezone($time_zone, local_end) as ends_at,
    known_at as recorded_at,
    coalesce(known_at, billed_at, starts_at) as known_at,
    null::varchar as status,
    plan,
    billing_interval,
    billing_interval_count::integer as billing_interval_count,
    quantity,
    net as amount_minor,
    case
        when coalesce(is_recurring, true)
        then sign(net) * ((2 * abs(net)::hugeint * parts + months) // (2 * months))
    end::bigint as mrr_minor,
    currency,
    properties as attributes,
from spread

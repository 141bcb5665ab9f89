-- subscription_parts: when a subscription starts, gives notice and ends.
--
-- Grain    one row per part of a row of the file
-- Reads    mapped_row
-- Params   none
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
-- Rule     docs/import.md, "Subscriptions"

with

-- A billing period in months, as a fraction: months, and how many parts of one.
priced as (
    select
        *,
        concat_ws('/', subscription, version) as subject,
        coalesce(billing_interval_count, 1) * case billing_interval
            when 'day' then 12
            when 'week' then 12
            when 'month' then 1
            when 'quarter' then 3
            when 'year' then 12
        end as months,
        case billing_interval when 'day' then 365 when 'week' then 52 else 1 end as parts,
        case
            when status = 'ended' then 'ended'
            when is_trial then 'trialing'
            when status is not null then status
            when coalesce(amount, mrr) = 0 then 'free'
            else 'active'
        end as state,
    from mapped_row
)

select
    position,
    'start' as part,
    state = 'ended' as is_absent,
    'start' as kind,
    subject,
    account as account_key,
    subscription as subscription_id,
    version as version_key,
    starts_at as effective_at,
    null::timestamptz as ends_at,
    known_at as recorded_at,
    coalesce(known_at, starts_at) as known_at,
    case when state <> 'ended' then state end as status,
    plan,
    billing_interval,
    coalesce(billing_interval_count, 1)::integer as billing_interval_count,
    quantity,
    amount as amount_minor,
    coalesce(
        mrr,
        sign(amount) * ((2 * abs(amount)::hugeint * parts + months) // (2 * months))
    )::bigint as mrr_minor,
    currency,
    properties as attributes,
from priced

union all

-- A version that is over by its status ends the subscription where it would have begun.
select
    position,
    'over' as part,
    state <> 'ended' as is_absent,
    'end' as kind,
    subject,
    account as account_key,
    subscription as subscription_id,
    null::varchar as version_key,
    starts_at as effective_at,
    null::timestamptz as ends_at,
    known_at as recorded_at,
    coalesce(known_at, starts_at) as known_at,
    null::varchar as status,
    null::varchar as plan,
    null::varchar as billing_interval,
    null::integer as billing_interval_count,
    null::bigint as quantity,
    null::bigint as amount_minor,
    null::bigint as mrr_minor,
    null::varchar as currency,
    end_properties as attributes,
from priced

union all

select
    position,
    'end' as part,
    ends_at is null or state = 'ended' as is_absent,
    'end' as kind,
    subject,
    account as account_key,
    subscription as subscription_id,
    version as version_key,
    coalesce(ends_at, starts_at) as effective_at,
    null::timestamptz as ends_at,
    known_at as recorded_at,
    coalesce(
        end_known_at,
        greatest(known_at, least(notice_at, ends_at)),
        starts_at
    ) as known_at,
    null::varchar as status,
    null::varchar as plan,
    null::varchar as billing_interval,
    null::integer as billing_interval_count,
    null::bigint as quantity,
    null::bigint as amount_minor,
    null::bigint as mrr_minor,
    null::varchar as currency,
    end_properties as attributes,
from priced

union all

select
    position,
    'notice' as part,
    notice_at is null as is_absent,
    'notice' as kind,
    subject,
    account as account_key,
    subscription as subscription_id,
    version as version_key,
    coalesce(notice_at, starts_at) as effective_at,
    case when notice_at is not null then ends_at end as ends_at,
    known_at as recorded_at,
    greatest(known_at, coalesce(notice_at, starts_at)) as known_at,
    null::varchar as status,
    null::varchar as plan,
    null::varchar as billing_interval,
    null::integer as billing_interval_count,
    null::bigint as quantity,
    null::bigint as amount_minor,
    null::bigint as mrr_minor,
    null::varchar as currency,
    '{}' as attributes,
from priced

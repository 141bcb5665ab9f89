-- subscription_period: what each account held, and what it was worth a month, from when until when.
--
-- Grain    one row per version of a subscription (basis `subscription`); where a source gives an
--          account amounts on invoice lines only, also one per invoice line (basis `invoice_line`)
-- Reads    billing_fact, identity_link
-- Params   $time_zone varchar, $currency varchar
-- Columns  account_id              varchar      canonical
--          source                  varchar
--          subscription_id         varchar      the account's key where the fact names none
--          version_key             varchar
--          basis                   varchar      subscription | invoice_line
--          status                  varchar      active | trialing | past_due | paused | free
--          is_paying               boolean
--          starts_at               timestamptz
--          ends_at                 timestamptz  null while it runs; at or before starts_at: empty
--          starts_on               date         in the company's zone
--          ends_on                 date         first day at whose end it no longer holds
--          plan                    varchar
--          billing_interval        varchar
--          billing_interval_count  integer
--          quantity                bigint       seats
--          amount_minor            bigint       per billing interval, or of the line
--          mrr_minor               bigint       0 when not paying
--          priced_minor            bigint       MRR as stated, whether it is paid or not
--          currency                varchar
--          notice_at               timestamptz  when it was said that this ends, if that stands
--          attributes              varchar      JSON object
--          fact_id                 varchar      fact_key of the start or the invoice line
--          source_ref              varchar      `file:line` that said so
-- Refresh  by account
-- Rule     docs/metrics/mrr.md

with

fact as (
    select
        billing_fact.message_id,
        billing_fact.source,
        billing_fact.fact_key,
        billing_fact.kind,
        coalesce(link.canonical_id, billing_fact.account_key) as account_id,
        coalesce(billing_fact.subscription_id, billing_fact.account_key) as subscription_id,
        billing_fact.subscription_id is null as names_no_subscription,
        billing_fact.version_key,
        billing_fact.effective_at,
        billing_fact.ends_at,
        billing_fact.known_at,
        coalesce(billing_fact.status, 'active') as status,
        billing_fact.plan,
        billing_fact.billing_interval,
        billing_fact.billing_interval_count,
        billing_fact.quantity,
        billing_fact.amount_minor,
        billing_fact.mrr_minor,
        coalesce(billing_fact.currency, $currency) as currency,
        billing_fact.attributes,
        billing_fact.source_ref,
    from billing_fact
    left join identity_link as link
        on  link.kind = 'account'
        and link.raw_id = billing_fact.account_key
    where billing_fact.kind in ('start', 'end', 'notice', 'invoice_line')
),

-- Starts, and ends of whole subscriptions, in the order in which they take effect. An end comes
-- after the starts of its instant; of several starts in one instant the last known comes last, so
-- that the others are followed at once and stay empty.
timeline as (
    select
        source,
        account_id,
        subscription_id,
        fact_key,
        kind,
        min(case when kind = 'start' then effective_at end) over (
            partition by source, account_id, subscription_id
            order by effective_at, kind desc, known_at, message_id
            rows between 1 following and unbounded following
        ) as next_start_at,
        min(case when kind = 'end' then effective_at end) over (
            partition by source, account_id, subscription_id
            order by effective_at, kind desc, known_at, message_id
            rows between current row and unbounded following
        ) as whole_end_at,
        min(effective_at) over (
            partition by source, account_id, subscription_id
            order by effective_at, kind desc, known_at, message_id
            rows between unbounded preceding and current row
        ) as first_said_at,
        count(*) filter (where kind = 'start') over (
            partition by source, account_id, subscription_id
            order by effective_at, kind desc, known_at, message_id
            rows between unbounded preceding and current row
        ) as start_number,
    from fact
    where kind = 'start'
       or (kind = 'end' and version_key is null)
),

own_end as (
    select
        source,
        account_id,
        subscription_id,
        version_key,
        min(effective_at) as own_end_at,
    from fact
    where kind = 'end'
      and version_key is not null
    group by source, account_id, subscription_id, version_key
),

version as (
    select
        fact.*,
        least(
            own_end.own_end_at,
            -- A subscription that is over before it ever starts has never been there.
            coalesce(
                timeline.whole_end_at,
                case
                    when timeline.start_number = 1
                        and timeline.first_said_at < fact.effective_at
                        and fact.version_key is null then timeline.first_said_at
                end
            ),
            timeline.next_start_at
        ) as version_ends_at,
    from fact
    join timeline
        on  timeline.source = fact.source
        and timeline.fact_key = fact.fact_key
        and timeline.kind = 'start'
    left join own_end
        on  own_end.source = fact.source
        and own_end.account_id = fact.account_id
        and own_end.subscription_id = fact.subscription_id
        and own_end.version_key = fact.version_key
    where fact.kind = 'start'
),

-- The last word on leaving that was said of a version before it ended.
notice as (
    select
        version.source,
        version.fact_key,
        fact.effective_at as notice_at,
        fact.ends_at is null as is_withdrawn,
        row_number() over (
            partition by version.source, version.fact_key
            order by fact.effective_at desc, fact.known_at desc, fact.message_id desc
        ) as place,
    from version
    join fact
        on  fact.kind = 'notice'
        and fact.source = version.source
        and fact.account_id = version.account_id
        and fact.subscription_id = version.subscription_id
        and (fact.version_key is null or fact.version_key = version.version_key)
        and (version.version_ends_at is null or fact.effective_at <= version.version_ends_at)
        and (fact.ends_at is null or fact.ends_at > version.effective_at)
),

-- Accounts whose money is known from invoice lines alone.
billed_by_line as (
    select
        source,
        account_id,
    from fact
    group by source, account_id
    having max(case when kind = 'invoice_line' and mrr_minor is not null then 1 else 0 end) = 1
       and max(case when kind = 'start' and mrr_minor is not null then 1 else 0 end) = 0
),

line as (
    select fact.*
    from fact
    join billed_by_line
        on  billed_by_line.source = fact.source
        and billed_by_line.account_id = fact.account_id
    where fact.kind = 'invoice_line'
      and fact.mrr_minor is not null
      and fact.ends_at is not null
),

line_edge as (
    select
        source, account_id, subscription_id, currency, fact_key,
        effective_at as edge_at, 1 as is_start,
    from line

    union all

    select
        source, account_id, subscription_id, currency, fact_key,
        ends_at as edge_at, 0 as is_start,
    from line
),

-- Service that is billed up to 23:59:59, or up to its last day, goes on with the next line.
line_end as (
    select
        source,
        fact_key,
        is_start,
        edge_at,
        min(case when is_start = 1 then edge_at end) over (
            partition by source, account_id, subscription_id, currency
            order by edge_at, is_start
            rows between current row and unbounded following
        ) as next_line_at,
    from line_edge
),

-- What the account held when the line's service began, for the columns that lines lack.
held as (
    select
        line.source,
        line.fact_key,
        version.status,
        version.plan,
        version.billing_interval,
        version.billing_interval_count,
        version.quantity,
        version.attributes,
        row_number() over (
            partition by line.source, line.fact_key
            order by version.effective_at, version.subscription_id, version.fact_key
        ) as place,
    from line
    join version
        on  version.source = line.source
        and version.account_id = line.account_id
        and (version.subscription_id = line.subscription_id or line.names_no_subscription)
        and version.effective_at < line.ends_at
        and (version.version_ends_at is null or version.version_ends_at > line.effective_at)
        and (version.version_ends_at is null or version.version_ends_at > version.effective_at)
),

period as (
    select
        version.account_id,
        version.source,
        version.subscription_id,
        version.version_key,
        'subscription' as basis,
        version.status,
        version.status in ('active', 'past_due', 'paused')
            and coalesce(version.mrr_minor, 0) > 0
            and (
                version.version_ends_at is null
                or version.version_ends_at > version.effective_at
            ) as is_paying,
        version.effective_at as starts_at,
        version.version_ends_at as ends_at,
        version.plan,
        version.billing_interval,
        version.billing_interval_count,
        version.quantity,
        version.amount_minor,
        version.mrr_minor,
        version.currency,
        case when not notice.is_withdrawn then notice.notice_at end as notice_at,
        version.attributes,
        version.fact_key as fact_id,
        version.source_ref,
    from version
    left join notice
        on  notice.source = version.source
        and notice.fact_key = version.fact_key
        and notice.place = 1

    union all

    select
        line.account_id,
        line.source,
        line.subscription_id,
        line.version_key,
        'invoice_line' as basis,
        coalesce(held.status, 'active') as status,
        line.mrr_minor <> 0 and line.ends_at > line.effective_at as is_paying,
        line.effective_at as starts_at,
        case
            when line.ends_at <= line.effective_at then line.ends_at
            when line_end.next_line_at <= line.ends_at + interval 1 day then line_end.next_line_at
            else line.ends_at
        end as ends_at,
        coalesce(line.plan, held.plan) as plan,
        coalesce(line.billing_interval, held.billing_interval) as billing_interval,
        coalesce(
            line.billing_interval_count, held.billing_interval_count
        ) as billing_interval_count,
        coalesce(line.quantity, held.quantity) as quantity,
        line.amount_minor,
        line.mrr_minor,
        line.currency,
        cast(null as timestamptz) as notice_at,
        case
            when line.attributes = '{}' then coalesce(held.attributes, '{}')
            else line.attributes
        end as attributes,
        line.fact_key as fact_id,
        line.source_ref,
    from line
    join line_end
        on  line_end.source = line.source
        and line_end.fact_key = line.fact_key
        and line_end.is_start = 0
    left join held
        on  held.source = line.source
        and held.fact_key = line.fact_key
        and held.place = 1
)

select
    account_id,
    source,
    subscription_id,
    version_key,
    basis,
    status,
    is_paying,
    starts_at,
    ends_at,
    cast(starts_at at time zone $time_zone as date) as starts_on,
    cast(ends_at at time zone $time_zone as date) as ends_on,
    plan,
    billing_interval,
    billing_interval_count,
    quantity,
    amount_minor,
    case when is_paying then mrr_minor else 0 end as mrr_minor,
    mrr_minor as priced_minor,
    currency,
    notice_at,
    attributes,
    fact_id,
    source_ref,
from period

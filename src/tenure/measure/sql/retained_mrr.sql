-- retained_mrr: what accounts paid from a day on, whatever they were shown before it.
--
-- Grain    one row per asked span and currency in which the account ever had any MRR
-- Reads    subscription_period, pause_span, asked_span
-- Params   none
-- Columns  account_id    varchar  canonical
--          at_days       integer  how long the span is
--          currency      varchar
--          before_minor  bigint   MRR at the end of the day before the span
--          after_minor   bigint   what is paid at the end of the day that follows it
--          minor_days    bigint   what is paid at the end of each day of the span, summed up
-- Rule     docs/proof.md, "What the report measures". The ledger of MRR leaves a pause as it is;
--          nobody pays during one, so here its days count nothing. `retained.py` registers
--          `asked_span` with account_id, at_days, from_on and until_on, its first day no more.

with

held as (
    select
        asked_span.account_id,
        asked_span.at_days,
        asked_span.from_on,
        asked_span.until_on,
        subscription_period.source,
        subscription_period.subscription_id,
        subscription_period.currency,
        subscription_period.mrr_minor,
        subscription_period.starts_on,
        coalesce(subscription_period.ends_on, date '9999-12-31') as ends_on,
    from asked_span
    join subscription_period
        on subscription_period.account_id = asked_span.account_id
    where subscription_period.is_paying
      and subscription_period.mrr_minor > 0
      and (
            subscription_period.ends_on is null
            or subscription_period.ends_on > subscription_period.starts_on
        )
),

-- What would be paid, and then what a pause takes off again.
part as (
    select
        account_id,
        at_days,
        currency,
        case when starts_on < from_on and ends_on >= from_on then mrr_minor else 0 end
            as before_minor,
        case when starts_on <= until_on and ends_on > until_on then mrr_minor else 0 end
            as after_minor,
        mrr_minor * greatest(
            date_diff('day', greatest(starts_on, from_on)::date, least(ends_on, until_on)::date),
            0
        ) as minor_days,
    from held

    union all

    select
        held.account_id,
        held.at_days,
        held.currency,
        0 as before_minor,
        case
            when greatest(held.starts_on, pause_span.pauses_on) <= held.until_on
             and least(held.ends_on, coalesce(pause_span.resumes_on, held.ends_on)) > held.until_on
            then -held.mrr_minor
            else 0
        end as after_minor,
        -held.mrr_minor * greatest(
            date_diff(
                'day',
                greatest(held.starts_on, held.from_on, pause_span.pauses_on)::date,
                least(
                    held.ends_on,
                    held.until_on,
                    coalesce(pause_span.resumes_on, held.until_on)
                )::date
            ),
            0
        ) as minor_days,
    from held
    join pause_span
        on  pause_span.account_id = held.account_id
        and pause_span.source = held.source
        and pause_span.subscription_id = held.subscription_id
)

select
    account_id,
    at_days,
    currency,
    sum(before_minor)::bigint as before_minor,
    sum(after_minor)::bigint as after_minor,
    sum(minor_days)::bigint as minor_days,
from part
group by account_id, at_days, currency
order by account_id, at_days, currency

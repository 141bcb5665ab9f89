-- retained_mrr: what accounts paid from a day on, whatever they were shown before it.
--
-- Grain    one row per asked span and currency in which the account ever had any MRR
-- Reads    mrr_movement, asked_span
-- Params   none
-- Columns  account_id    varchar  canonical
--          at_days       integer  how long the span is
--          currency      varchar
--          before_minor  bigint   MRR at the end of the day before the span
--          after_minor   bigint   MRR at the end of the day that follows it
--          minor_days    bigint   MRR at the end of each day of the span, summed up
-- Rule     docs/proof.md, "What the report measures". Registered by `report_rows.py`: `asked_span`
--          with account_id, at_days, from_on and until_on, which is its first day no more.

select
    asked_span.account_id,
    asked_span.at_days,
    mrr_movement.currency,
    coalesce(
        sum(mrr_movement.delta_minor) filter (
            where mrr_movement.moved_on < asked_span.from_on
        ),
        0
    )::bigint as before_minor,
    coalesce(
        sum(mrr_movement.delta_minor) filter (
            where mrr_movement.moved_on <= asked_span.until_on
        ),
        0
    )::bigint as after_minor,
    coalesce(
        sum(
            mrr_movement.delta_minor * date_diff(
                'day',
                greatest(mrr_movement.moved_on, asked_span.from_on)::date,
                asked_span.until_on::date
            )
        ) filter (where mrr_movement.moved_on < asked_span.until_on),
        0
    )::bigint as minor_days,
from asked_span
join mrr_movement
    on mrr_movement.account_id = asked_span.account_id
group by asked_span.account_id, asked_span.at_days, mrr_movement.currency
order by asked_span.account_id, asked_span.at_days, mrr_movement.currency

-- subject_mrr: what each subject paid on the day before its time.
--
-- Grain    one row per (subject, currency) with any MRR
-- Reads    mrr_movement, reason_subject
-- Params   $time_zone varchar
-- Columns  subject    bigint
--          currency   varchar
--          mrr_minor  bigint
-- Rule     docs/reasons.md. The day of the decision itself is left out: an end without notice
--          stands on that day.

with

placed as (
    select
        reason_subject.subject,
        mrr_movement.currency,
        mrr_movement.mrr_after_minor,
        row_number() over (
            partition by reason_subject.subject, mrr_movement.currency
            order by mrr_movement.moved_on desc
        ) as place,
    from mrr_movement
    join reason_subject
        on  reason_subject.account_id = mrr_movement.account_id
        and mrr_movement.moved_on < (reason_subject.until_at at time zone $time_zone)::date
)

select
    subject,
    currency,
    mrr_after_minor as mrr_minor,
from placed
where place = 1
  and mrr_after_minor > 0

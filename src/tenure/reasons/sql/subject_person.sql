-- subject_person: who used the product for each subject before its time, and how much.
--
-- Grain    one row per (subject, person_id)
-- Reads    event, identity_link, membership_link, reason_subject
-- Params   $time_zone varchar
-- Columns  subject      bigint
--          person_id    varchar      canonical; `anon:` and the anonymous id while unknown
--          first_at     timestamptz  in the 400 days looked at
--          last_at      timestamptz
--          days_28      bigint       days with any use, in the last 28 before the subject's time
--          days_before  bigint       the same, in the 84 days before those
--          events_28    bigint
-- Rule     docs/reasons.md, "What is looked at". What occurred or became known at the subject's
--          time or later is left out. Ids are as they are linked now.

with

only_account as (
    select
        person_id,
        min(account_id) as account_id,
    from membership_link
    group by person_id
    having count(*) = 1
),

used as (
    select
        account_key,
        coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id,
        occurred_at,
        known_at,
    from event
    where type in ('track', 'page', 'screen')
      and (user_id is not null or anonymous_id is not null)
      and not (contains(context, '"active"') and coalesce(context ->> '$.active' = 'false', false))
      and occurred_at >= (select min(from_400_at) from reason_subject)
),

placed as (
    select
        coalesce(account_link.canonical_id, used.account_key, only_account.account_id)
            as account_id,
        coalesce(person_link.canonical_id, used.person_raw_id) as person_id,
        used.occurred_at,
        used.known_at,
    from used
    left join identity_link as account_link
        on  account_link.kind = 'account'
        and account_link.raw_id = used.account_key
    left join identity_link as person_link
        on  person_link.kind = 'person'
        and person_link.raw_id = used.person_raw_id
    left join only_account
        on only_account.person_id = coalesce(person_link.canonical_id, used.person_raw_id)
)

select
    reason_subject.subject,
    placed.person_id,
    min(placed.occurred_at) as first_at,
    max(placed.occurred_at) as last_at,
    count(distinct case
        when placed.occurred_at >= reason_subject.from_28_at
            then (placed.occurred_at at time zone $time_zone)::date
    end) as days_28,
    count(distinct case
        when placed.occurred_at >= reason_subject.from_112_at
            and placed.occurred_at < reason_subject.from_28_at
            then (placed.occurred_at at time zone $time_zone)::date
    end) as days_before,
    count(*) filter (where placed.occurred_at >= reason_subject.from_28_at) as events_28,
from placed
join reason_subject
    on  reason_subject.account_id = placed.account_id
    and placed.occurred_at < reason_subject.until_at
    and placed.known_at < reason_subject.until_at
    and placed.occurred_at >= reason_subject.from_400_at
group by reason_subject.subject, placed.person_id

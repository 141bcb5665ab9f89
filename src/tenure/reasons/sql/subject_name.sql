-- subject_name: what each subject used before its time, by the name of the event.
--
-- Grain    one row per (subject, name)
-- Reads    event, identity_link, membership_link, reason_subject
-- Params   none
-- Columns  subject      bigint
--          name         varchar
--          first_at     timestamptz  ever
--          last_at      timestamptz
--          uses_28      bigint       in the last 28 days before the subject's time
--          uses_before  bigint       in the 84 days before those
--          uses         bigint       ever
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
        case when account_key is null then coalesce(user_id, 'anon:' || anonymous_id) end
            as person_raw_id,
        name,
        occurred_at,
        known_at,
    from event
    where type = 'track'
      and name is not null
),

placed as (
    select
        coalesce(account_link.canonical_id, used.account_key, only_account.account_id)
            as account_id,
        used.name,
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
    placed.name,
    min(placed.occurred_at) as first_at,
    max(placed.occurred_at) as last_at,
    count(*) filter (where placed.occurred_at >= reason_subject.from_28_at) as uses_28,
    count(*) filter (
        where placed.occurred_at >= reason_subject.from_112_at
          and placed.occurred_at < reason_subject.from_28_at
    ) as uses_before,
    count(*) as uses,
from placed
join reason_subject
    on  reason_subject.account_id = placed.account_id
    and placed.occurred_at < reason_subject.until_at
    and placed.known_at < reason_subject.until_at
group by reason_subject.subject, placed.name

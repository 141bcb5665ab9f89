-- card_outcome: what each account bought us for, by role, and whether it has come.
--
-- Grain    one row per account of which an outcome was stated
-- Reads    stated_outcome, outcome_reached, product_outcome, account_feature
-- Params   $today date
-- Columns  account_id                 varchar  canonical
--          required_outcome           varchar  the account's own, else its buyer's, else the last
--          required_outcome_of        varchar  account, or the role whose word that is
--          outcome_buyer              varchar
--          outcome_implementer        varchar
--          outcome_user               varchar
--          outcome_executive          varchar
--          outcome_versions           bigint   statements that changed something, of all of them
--          outcome_stated_on          date     of required_outcome
--          outcome_stated_by          varchar
--          outcome_reached_on         date     first time that all its events had come
--          outcome_events_seen_share  double   of its events, seen within its window until today
--          is_outcome_reached         boolean  ever; null for one that is not declared
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Required outcome"

with

ranked as (
    select
        *,
        row_number() over (
            partition by account_id
            order by
                case role when '' then 0 when 'buyer' then 1 else 2 end,
                stated_at desc,
                role
        ) as place,
    from stated_outcome
),

summed as (
    select
        account_id,
        max(case when role = 'buyer' then outcome end) as buyer,
        max(case when role = 'implementer' then outcome end) as implementer,
        max(case when role = 'user' then outcome end) as user_outcome,
        max(case when role = 'executive' then outcome end) as executive,
        sum(versions)::bigint as versions,
    from stated_outcome
    group by account_id
),

held as (
    select *
    from ranked
    where place = 1
),

seen as (
    select
        held.account_id,
        count(*) as asked,
        count(*) filter (
            where account_feature.last_on > $today - product_outcome.within_days::integer
        ) as seen,
    from held
    join product_outcome
        on product_outcome.outcome = held.outcome
    left join account_feature
        on  account_feature.account_id = held.account_id
        and account_feature.feature = product_outcome.event
    group by held.account_id
)

select
    held.account_id,
    held.outcome as required_outcome,
    case when held.role = '' then 'account' else held.role end as required_outcome_of,
    summed.buyer as outcome_buyer,
    summed.implementer as outcome_implementer,
    summed.user_outcome as outcome_user,
    summed.executive as outcome_executive,
    summed.versions as outcome_versions,
    held.stated_on as outcome_stated_on,
    held.said_by as outcome_stated_by,
    outcome_reached.reached_on as outcome_reached_on,
    (seen.seen * 1.0 / nullif(seen.asked, 0))::double as outcome_events_seen_share,
    case when seen.asked > 0 then outcome_reached.reached_on is not null end as is_outcome_reached,
from held
join summed
    on summed.account_id = held.account_id
left join outcome_reached
    on  outcome_reached.account_id = held.account_id
    and outcome_reached.outcome = held.outcome
left join seen
    on seen.account_id = held.account_id

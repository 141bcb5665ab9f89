-- similar_account: accounts like those that were saved, as all of them were on that day.
--
-- Grain    one row per case and similar account, five to a case at most
-- Reads    subscription_period, billing_fact, identity_link, matched_case, matched_other,
--          matched_stage
-- Params   $time_zone varchar, $at_most bigint
-- Columns  case_id          bigint
--          account_id       varchar  canonical
--          subscription_id  varchar  its dearest on that day
--          mrr_minor        bigint
-- Rule     docs/saves.md, "Similar accounts": the same plan, interval and currency, the same band
--          of tenure and of MRR (each half as much again as the one below: ln(1.5) is 0.405465),
--          the same stage where it was known; no notice on what it holds, and no attempt to leave
--          before. Which five it is decides a digest of both ids.

with

paying as (
    select
        account_id,
        source,
        subscription_id,
        starts_on,
        coalesce(ends_on, date '9999-12-31') as until_on,
        plan,
        billing_interval,
        coalesce(billing_interval_count, 1) as interval_count,
        currency,
        mrr_minor,
        fact_id,
        min(starts_on) over (partition by account_id) as first_paid_on,
        floor(ln(mrr_minor * 1.0) / 0.405465)::bigint as mrr_band,
    from subscription_period
    where is_paying
      and mrr_minor > 0
      and (ends_on is null or ends_on > starts_on)
),

said as (
    select
        billing_fact.source,
        coalesce(link.canonical_id, billing_fact.account_key) as account_id,
        coalesce(billing_fact.subscription_id, billing_fact.account_key) as subscription_id,
        (billing_fact.effective_at at time zone $time_zone)::date as said_on,
        billing_fact.ends_at is not null as is_notice,
        lead((billing_fact.effective_at at time zone $time_zone)::date) over (
            partition by
                billing_fact.source,
                coalesce(link.canonical_id, billing_fact.account_key),
                coalesce(billing_fact.subscription_id, billing_fact.account_key)
            order by billing_fact.effective_at, billing_fact.known_at, billing_fact.message_id
        ) as next_said_on,
    from billing_fact
    left join identity_link as link
        on  link.kind = 'account'
        and link.raw_id = billing_fact.account_key
    where billing_fact.kind = 'notice'
),

-- What each case itself held on its day: the dearest of the named subscription, else of all.
own as (
    select
        matched_case.case_id,
        matched_case.account_id,
        matched_case.day,
        paying.plan,
        paying.billing_interval,
        paying.interval_count,
        paying.currency,
        paying.mrr_band,
        case
            when date_diff('day', paying.first_paid_on::date, matched_case.day::date) < 30 then 0
            when date_diff('day', paying.first_paid_on::date, matched_case.day::date) < 90 then 1
            when date_diff('day', paying.first_paid_on::date, matched_case.day::date) < 365 then 2
            when date_diff('day', paying.first_paid_on::date, matched_case.day::date) < 730 then 3
            else 4
        end as tenure_band,
        row_number() over (
            partition by matched_case.case_id
            order by
                (paying.subscription_id = matched_case.subscription_id) desc,
                paying.mrr_minor desc,
                paying.fact_id
        ) as place,
    from matched_case
    join paying
        on  paying.account_id = matched_case.account_id
        and paying.starts_on <= matched_case.day
        and paying.until_on > matched_case.day
),

asked as (
    select
        own.*,
        matched_stage.stage,
    from own
    left join matched_stage
        on  matched_stage.account_id = own.account_id
        and matched_stage.from_on <= own.day
        and matched_stage.until_on > own.day
    where own.place = 1
),

other as (
    select
        asked.case_id,
        asked.day,
        asked.stage,
        paying.account_id,
        paying.source,
        paying.subscription_id,
        paying.mrr_minor,
        row_number() over (
            partition by asked.case_id, paying.account_id
            order by paying.mrr_minor desc, paying.fact_id
        ) as place,
    from asked
    join paying
        on  paying.plan is not distinct from asked.plan
        and paying.billing_interval is not distinct from asked.billing_interval
        and paying.interval_count = asked.interval_count
        and paying.currency is not distinct from asked.currency
        and paying.mrr_band = asked.mrr_band
        and paying.account_id <> asked.account_id
        and paying.starts_on <= asked.day
        and paying.until_on > asked.day
    where case
            when date_diff('day', paying.first_paid_on::date, asked.day::date) < 30 then 0
            when date_diff('day', paying.first_paid_on::date, asked.day::date) < 90 then 1
            when date_diff('day', paying.first_paid_on::date, asked.day::date) < 365 then 2
            when date_diff('day', paying.first_paid_on::date, asked.day::date) < 730 then 3
            else 4
        end = asked.tenure_band
),

alike as (
    select
        other.case_id,
        other.account_id,
        other.subscription_id,
        other.mrr_minor,
        row_number() over (
            partition by other.case_id
            order by md5(other.case_id || '/' || other.account_id), other.account_id
        ) as rank_place,
    from other
    left join matched_stage
        on  matched_stage.account_id = other.account_id
        and matched_stage.from_on <= other.day
        and matched_stage.until_on > other.day
    where other.place = 1
      and (other.stage is null or matched_stage.stage = other.stage)
      and not exists (
          select 1
          from said
          where said.account_id = other.account_id
            and said.source = other.source
            and said.subscription_id = other.subscription_id
            and said.is_notice
            and said.said_on <= other.day
            and (said.next_said_on is null or said.next_said_on > other.day)
      )
      and not exists (
          select 1
          from matched_other
          where matched_other.account_id = other.account_id
            and matched_other.from_on <= other.day
      )
)

select
    case_id,
    account_id,
    subscription_id,
    mrr_minor,
from alike
where rank_place <= $at_most
order by case_id, rank_place

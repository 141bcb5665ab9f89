-- timeline: everything that happened to one account, newest first, from a place on.
--
-- Grain    one row per thing that happened; the same event name on one day is one row
-- Reads    event, event_day, billing_fact_row, mrr_movement
-- Params   $account_id varchar, $account_keys varchar[], $user_ids varchar[], $time_zone varchar,
--          $now timestamptz, $before_at timestamptz, $before_key varchar, $rows bigint
--          (keys: every raw id of the account; ids: raw ids of people in this account alone;
--          before: null at first)
-- Columns  happened_at   timestamptz  when; of several the last; of a movement that of the last
--                                     fact of its day, else the start of the day
--          key           varchar      unique; orders what happened at one instant
--          kind          varchar      event | page | ticket | reason | incident | mention |
--                                     metric | system | movement | a kind of billing fact
--          name          varchar      of the event, or the movement's kind; of a start `change`
--                                     when the subscription ran already, trials apart
--          first_at      timestamptz  of several events the first
--          events        bigint
--          people        bigint       different people who did it
--          person_id     varchar      where it was one person; raw for what is told, else canonical
--          plan          varchar
--          status        varchar
--          ends_at       timestamptz
--          amount_minor  bigint       of a fact
--          mrr_minor     bigint       of a fact per month; of a movement the MRR after it
--          delta_minor   bigint       of a movement
--          currency      varchar
--          details       varchar      JSON object: properties, or attributes of a fact
--          source        varchar
--          source_ref    varchar      `file:line`
--          reference     varchar      message_id or fact_key, unique within its source
-- Portable no: one account's page is read where the console runs
-- Rule     docs/architecture.md, "The card". What has not happened by $now is left out. An incident
--          touched the accounts it names; else those that had used a feature that it names; where
--          it names neither, all that were there. The end of a version that another one follows
--          at once is left out.

with

raw_account as (
    select unnest($account_keys) as account_key
),

mine as materialized (
    select *
    from event_day
    where account_id = $account_id
),

used as (
    select
        max(last_at) as happened_at,
        'event:' || type || ':' || day || ':' || coalesce(name, '') as key,
        case when type in ('track', 'passive') then 'event' else 'page' end as kind,
        name,
        min(first_at) as first_at,
        sum(events)::bigint as events,
        count(distinct person_id) as people,
        case when count(distinct person_id) = 1 then min(person_id) end as person_id,
    from mine
    where type in ('track', 'page', 'screen', 'passive')
    group by type, day, name
),

-- Rare types are read from the events themselves, for what they say.
rare as materialized (
    select
        source, message_id, type, name, occurred_at, account_key, user_id, properties, source_ref,
        coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id,
    from event
    where type in ('ticket', 'reason', 'incident', 'mention', 'metric', 'system')
      and (
          account_key in (select account_key from raw_account)
          or (account_key is null and user_id in (select unnest($user_ids)))
          or (account_key is null and type = 'incident')
      )
),

told as (
    select *
    from rare
    where type <> 'incident'
       or account_key is not null
       or (
           contains(properties, '"accounts"')
           and exists (
               select 1
               from raw_account
               where contains(
                   rare.properties ->> '$.accounts', '"' || raw_account.account_key || '"'
               )
           )
       )
       or (
           not contains(properties, '"accounts"')
           and exists (
               select 1
               from mine
               where mine.first_at <= rare.occurred_at
                 and (
                     not contains(rare.properties, '"features"')
                     or contains(
                         lower(rare.properties ->> '$.features'), '"' || lower(mine.name) || '"'
                     )
                 )
           )
       )
),

-- The last word on each fact that ever named the account; see lake/sql/billing_fact.sql.
named_fact as (
    select distinct source, fact_key
    from billing_fact_row
    where account_key in (select account_key from raw_account)
),

last_fact as (
    select billing_fact_row.*
    from billing_fact_row
    semi join named_fact
        on  named_fact.source = billing_fact_row.source
        and named_fact.fact_key = billing_fact_row.fact_key
    qualify row_number() over (
        partition by billing_fact_row.source, billing_fact_row.fact_key
        order by received_at desc, batch desc, known_at desc, message_id desc
    ) = 1
),

standing_fact as (
    select *
    from last_fact
    where not is_void
      and account_key in (select account_key from raw_account)
),

fact as (
    select
        standing_fact.*,
        exists (
            select 1
            from standing_fact as earlier
            where earlier.kind = 'start'
              and earlier.source = standing_fact.source
              and earlier.subscription_id = standing_fact.subscription_id
              and earlier.effective_at < standing_fact.effective_at
              and coalesce(earlier.status, 'active') <> 'trialing'
        ) as was_running,
        standing_fact.kind = 'end' and standing_fact.version_key is not null and exists (
            select 1
            from standing_fact as next
            where next.kind = 'start'
              and next.source = standing_fact.source
              and next.subscription_id = standing_fact.subscription_id
              and next.effective_at = standing_fact.effective_at
        ) as is_replaced,
    from standing_fact
),

fact_day as (
    select
        timezone($time_zone, effective_at)::date as day,
        max(effective_at) as last_at,
    from fact
    where kind in ('start', 'end', 'pause', 'resume', 'invoice_line')
    group by 1
),

entry as (
    select
        happened_at, key, kind, name, first_at, events, people, person_id,
        null as plan, null as status, null::timestamptz as ends_at,
        null::bigint as amount_minor, null::bigint as mrr_minor, null::bigint as delta_minor,
        null as currency, '{}' as details, null as source, null as source_ref, null as reference,
    from used

    union all

    select
        occurred_at, 'told:' || source || ':' || message_id, type, name, occurred_at, 1, 1,
        person_raw_id,
        null, null, null, null, null, null, null, properties, source, source_ref, message_id,
    from told

    union all

    select
        effective_at, 'fact:' || source || ':' || fact_key, kind,
        case when kind = 'start' and was_running then 'change' end, effective_at, 1, 0, null,
        plan, status, ends_at, amount_minor, mrr_minor, null, currency, attributes, source,
        source_ref, fact_key,
    from fact
    where not is_replaced

    union all

    select
        coalesce(fact_day.last_at, timezone($time_zone, moved_on::timestamp)),
        'movement:' || currency || ':' || moved_on, 'movement', kind,
        coalesce(fact_day.last_at, timezone($time_zone, moved_on::timestamp)), 1, 0, null,
        null, null, null, null, mrr_after_minor, delta_minor, currency, '{}', null, null, null,
    from mrr_movement
    left join fact_day
        on fact_day.day = mrr_movement.moved_on
    where account_id = $account_id
)

select *
from entry
where happened_at <= $now
  and (
      $before_at::timestamptz is null
      or happened_at < $before_at
      or (happened_at = $before_at and key < $before_key)
  )
order by happened_at desc, key desc
limit $rows

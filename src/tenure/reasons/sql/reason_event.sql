-- reason_event: every reason that somebody gave, as the events say it.
--
-- Grain    one row per event of type `reason`, corrected ones left out
-- Reads    event, identity_link, membership_link
-- Params   $after_batch bigint, $last_batch bigint
-- Columns  account_id       varchar      canonical; null where nothing tells the account
--          account_key      varchar      as it was said; null where it was not
--          user_id          varchar      as it was said
--          mode             varchar      live | test
--          via              varchar      stated | survey | interview | inferred; empty: stated
--          reason           varchar      as it was said
--          followed_up      varchar      code of the follow-up's answer, or of a reason
--          next_job         varchar
--          rival            varchar
--          text             varchar
--          system           varchar      whose words the reason is in; empty: anybody's
--          visit_id         varchar
--          subscription_id  varchar
--          is_required      varchar      true | false | null: whether an answer was demanded
--          occurred_at      timestamptz
--          known_at         timestamptz
--          source           varchar
--          message_id       varchar
--          corrects         varchar
--          earlier          varchar      ids, parted by spaces: all that it takes the place of
--          is_withdrawn     boolean      it says no reason: what was said before holds no more
--          takes_words_back boolean      nor are the words of before to be kept
--          source_ref       varchar
--          batch            bigint
-- Rule     docs/reasons.md, "Reasons that were given". An event that names no account counts for
--          the account of its person, if that person belongs to exactly one.

with

given as (
    select
        account_key,
        coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id,
        properties,
        occurred_at,
        known_at,
        source,
        message_id,
        corrects,
        source_ref,
        batch,
    from event
    where type = 'reason'
      and batch > $after_batch
      and batch <= $last_batch
),

only_account as (
    select
        person_id,
        min(account_id) as account_id,
    from membership_link
    group by person_id
    having count(*) = 1
)

select
    coalesce(account_link.canonical_id, given.account_key, only_account.account_id) as account_id,
    given.account_key,
    given.person_raw_id as user_id,
    coalesce(given.properties ->> '$.mode', 'live') as mode,
    coalesce(given.properties ->> '$.source', '') as via,
    trim(coalesce(given.properties ->> '$.reason', '')) as reason,
    trim(coalesce(
        given.properties ->> '$.follow_up', given.properties ->> '$.followed_up', ''
    )) as followed_up,
    trim(coalesce(given.properties ->> '$.next_job', '')) as next_job,
    trim(coalesce(given.properties ->> '$.rival', '')) as rival,
    trim(coalesce(given.properties ->> '$.text', '')) as text,
    coalesce(given.properties ->> '$.system', '') as system,
    coalesce(given.properties ->> '$.visit', given.properties ->> '$.visit_id', '') as visit_id,
    coalesce(given.properties ->> '$.subscription_id', '') as subscription_id,
    given.properties ->> '$.is_required' as is_required,
    given.occurred_at,
    given.known_at,
    given.source,
    given.message_id,
    given.corrects,
    coalesce(given.properties ->> '$.earlier', '') as earlier,
    coalesce(given.properties ->> '$.is_withdrawn', '') = 'true' as is_withdrawn,
    coalesce(given.properties ->> '$.takes_words_back', '') = 'true' as takes_words_back,
    given.source_ref,
    given.batch,
from given
left join identity_link as account_link
    on  account_link.kind = 'account'
    and account_link.raw_id = given.account_key
left join identity_link as person_link
    on  person_link.kind = 'person'
    and person_link.raw_id = given.person_raw_id
left join only_account
    on only_account.person_id = coalesce(person_link.canonical_id, given.person_raw_id)

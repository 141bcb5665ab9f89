-- mention_said: what was imported as said in public, with where to read it.
--
-- Grain    one row per mention with words and an address
-- Reads    event, identity_link
-- Params   none
-- Columns  occurred_at  timestamptz
--          words        varchar
--          url          varchar
--          channel      varchar
--          author       varchar
--          language     varchar      null where the file does not say
--          account_id   varchar      canonical; null where it names none
--          person_id    varchar      canonical; null where it names none
-- Rule     docs/content.md, "Public words"

select
    event.occurred_at,
    event.properties ->> '$.text' as words,
    event.properties ->> '$.url' as url,
    event.properties ->> '$.channel' as channel,
    event.properties ->> '$.author' as author,
    event.properties ->> '$.language' as language,
    coalesce(account_link.canonical_id, event.account_key) as account_id,
    coalesce(person_link.canonical_id, event.user_id) as person_id,
from event
left join identity_link as account_link
    on  account_link.kind = 'account'
    and account_link.raw_id = event.account_key
left join identity_link as person_link
    on  person_link.kind = 'person'
    and person_link.raw_id = event.user_id
where event.type = 'mention'
  and event.properties ->> '$.text' is not null
  and event.properties ->> '$.url' is not null
order by event.occurred_at desc, event.message_id

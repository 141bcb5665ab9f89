-- draft_page: which pages have one of these words in their name or path.
--
-- Grain    one row per (name, path)
-- Reads    event
-- Params   $words varchar[]        (lower case)
-- Columns  name    varchar
--          path    varchar
--          views   bigint
--          people  bigint
-- Rule     The path is the property `path`, as the SDKs send it.

with

word as (
    select unnest($words) as word
),

seen as (
    select
        name,
        properties ->> '$.path' as path,
        coalesce(user_id, anonymous_id) as person_raw_id,
    from event
    where type in ('page', 'screen')
)

select
    name,
    path,
    count(*) as views,
    count(distinct person_raw_id) as people,
from seen
where exists (
    select 1
    from word
    where contains(lower(coalesce(seen.name, '') || ' ' || coalesce(seen.path, '')), word.word)
)
group by name, path
order by views desc, name, path

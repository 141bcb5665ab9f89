-- identity_change: which ids stand for something else than they did at a snapshot.
--
-- Grain    one row per (kind, raw_id) that a later snapshot named
-- Reads    identity_link_row
-- Params   $snapshot bigint    the last snapshot that was seen
-- Columns  kind    varchar    account | person
--          raw_id  varchar
--          old_id  varchar    canonical id at that snapshot
--          new_id  varchar    canonical id now
-- Rule     docs/architecture.md, "Who"

with

ranked as (
    select
        kind,
        raw_id,
        case when is_gone then raw_id else canonical_id end as id,
        snapshot > $snapshot as is_news,
        row_number() over (
            partition by kind, raw_id, snapshot > $snapshot order by snapshot desc
        ) as place,
    from identity_link_row
)

select
    now.kind,
    now.raw_id,
    coalesce(before.id, now.raw_id) as old_id,
    now.id as new_id,
from ranked as now
left join ranked as before
    on  before.kind = now.kind
    and before.raw_id = now.raw_id
    and before.place = 1
    and not before.is_news
where now.place = 1
  and now.is_news

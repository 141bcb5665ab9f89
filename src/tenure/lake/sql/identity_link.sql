-- identity_link: which raw ids stand for an account or person that has another id.
--
-- Grain    one row per (kind, raw_id) that is not its own canonical id
-- Reads    identity_link_row
-- Params   none
-- Columns  kind          varchar    account | person
--          raw_id        varchar
--          canonical_id  varchar
-- Rule     docs/architecture.md, "Who": the last snapshot that changed an id holds

with

ranked as (
    select
        kind,
        raw_id,
        canonical_id,
        is_gone,
        row_number() over (partition by kind, raw_id order by snapshot desc) as place,
    from identity_link_row
)

select
    kind,
    raw_id,
    canonical_id,
from ranked
where place = 1
  and not is_gone

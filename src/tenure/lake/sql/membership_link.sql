-- membership_link: which people belong to which accounts.
--
-- Grain    one row per (person_id, account_id)
-- Reads    membership_link_row
-- Params   none
-- Columns  person_id   varchar    canonical
--          account_id  varchar    canonical
-- Rule     docs/architecture.md, "Who": the last snapshot that changed a pair holds

with

ranked as (
    select
        person_id,
        account_id,
        is_gone,
        row_number() over (partition by person_id, account_id order by snapshot desc) as place,
    from membership_link_row
)

select
    person_id,
    account_id,
from ranked
where place = 1
  and not is_gone

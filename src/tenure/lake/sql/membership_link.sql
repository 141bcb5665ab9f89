-- membership_link: which people belong to which accounts.
--
-- Grain    one row per (person_id, account_id)
-- Reads    membership_link_row
-- Params   none
-- Columns  person_id   varchar    canonical
--          account_id  varchar    canonical
-- Rule     docs/architecture.md, "Who": the last snapshot that changed a pair holds

select
    person_id,
    account_id,
from membership_link_row
group by person_id, account_id
-- An even number: in the last snapshot that names the pair it is gone.
having max(snapshot * 2 + case when is_gone then 0 else 1 end) % 2 = 1

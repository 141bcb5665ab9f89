-- membership_change: whose memberships may be others than they were at a snapshot.
--
-- Grain    one row per (person_id, account_id) that a later snapshot named
-- Reads    membership_link_row
-- Params   $snapshot bigint    the last snapshot that was seen
-- Columns  person_id   varchar
--          account_id  varchar
-- Rule     docs/architecture.md, "Who"

select distinct
    person_id,
    account_id,
from membership_link_row
where snapshot > $snapshot

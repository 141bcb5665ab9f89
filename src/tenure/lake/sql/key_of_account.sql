-- key_of_account: every raw id under which the touched accounts appear.
--
-- Grain    one row per raw id
-- Reads    touched_account, identity_link
-- Params   none
-- Columns  raw_id  varchar
-- Rule     An account's canonical id is one of its raw ids.

select account_id as raw_id
from touched_account

union

select identity_link.raw_id
from identity_link
join touched_account
    on touched_account.account_id = identity_link.canonical_id
where identity_link.kind = 'account'

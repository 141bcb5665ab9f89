-- account_member: who belongs to which account, and who did until they were removed.
--
-- Grain    one row per (account_id, person_id) that were ever linked, or that anything joined
-- Reads    membership_link, account_joining
-- Params   none
-- Columns  account_id  varchar      canonical
--          person_id   varchar      canonical
--          joined_at   timestamptz  last identify, group, `Signed Up` or `Account Added User`
--          removed_at  timestamptz  last `Account Removed User`
--          is_member   boolean      not removed since they joined
-- Refresh  by account
-- Rule     As customers keeps memberships. membership_link also names the account that somebody
--          left last, so that what they did there still counts for it, and no other that they left.

select
    coalesce(membership_link.account_id, account_joining.account_id) as account_id,
    coalesce(membership_link.person_id, account_joining.person_id) as person_id,
    account_joining.joined_at,
    account_joining.removed_at,
    account_joining.removed_at is null
        or coalesce(account_joining.joined_at > account_joining.removed_at, false) as is_member,
from membership_link
full join account_joining
    on  account_joining.account_id = membership_link.account_id
    and account_joining.person_id = membership_link.person_id

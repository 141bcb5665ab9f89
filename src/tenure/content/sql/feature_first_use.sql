-- feature_first_use: when each account first did one of some events.
--
-- Grain    one row per account that ever did
-- Reads    account_feature
-- Params   $names varchar[]
-- Columns  account_id  varchar  canonical
--          first_on    date
-- Rule     docs/content.md, "What each piece did"

select
    account_id,
    min(first_on) as first_on,
from account_feature
where feature in (select unnest($names))
group by account_id

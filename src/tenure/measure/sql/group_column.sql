-- group_column: the traits of accounts and the further columns of subscriptions that there are.
--
-- Grain    one row per (kind, name)
-- Reads    account_trait, subscription_period
-- Params   none
-- Columns  kind  varchar  account | subscription
--          name  varchar
-- Portable no: it lists the keys of JSON objects, which only the page and the command line ask for
-- Rule     docs/metrics/churn.md, "Groups"

select distinct
    'account' as kind,
    unnest(json_keys(properties)) as name,
from account_trait

union all

select distinct
    'subscription' as kind,
    unnest(json_keys(attributes)) as name,
from subscription_period
where attributes <> '{}'

-- account_of_fact_news: accounts about which billing said something new.
--
-- Grain    one row per canonical account
-- Reads    billing_fact_news, billing_fact_row, identity_link
-- Params   none
-- Columns  account_id  varchar
-- Rule     A corrected fact may have belonged to another account: that one has news as well.

with

fact as (
    select distinct source, fact_key
    from billing_fact_news
),

named as (
    select account_key
    from billing_fact_news
    union
    select earlier.account_key
    from billing_fact_row as earlier
    join fact
        on  fact.source = earlier.source
        and fact.fact_key = earlier.fact_key
)

select distinct coalesce(link.canonical_id, named.account_key) as account_id
from named
left join identity_link as link
    on  link.kind = 'account'
    and link.raw_id = named.account_key

-- product_limit_use: how many accounts are near a limit of their plan.
--
-- Grain    one row per (limit_name, plan) that is declared
-- Reads    account_card, product_limit
-- Params   none
-- Columns  limit_name  varchar
--          plan        varchar
--          at_most     bigint
--          accounts    bigint   that hold the plan
--          near        bigint   of these: 80 % and more of it used, and less than all
--          full        bigint   all of it used, or more
-- Rule     docs/card-rules.md, "Limits". An account counts at the limit that it has used the
--          most of.

with

holder as (
    select
        plan,
        limit_name,
        limit_use_share,
    from account_card
    where status in ('paying', 'leaving', 'trial', 'free')
)

select
    product_limit.limit_name,
    product_limit.plan,
    product_limit.at_most,
    count(holder.plan) as accounts,
    count(*) filter (
        where holder.limit_name = product_limit.limit_name
          and holder.limit_use_share >= 0.8
          and holder.limit_use_share < 1
    ) as near,
    count(*) filter (
        where holder.limit_name = product_limit.limit_name
          and holder.limit_use_share >= 1
    ) as full,
from product_limit
left join holder
    on holder.plan = product_limit.plan
group by product_limit.limit_name, product_limit.plan, product_limit.at_most
order by product_limit.limit_name, product_limit.at_most

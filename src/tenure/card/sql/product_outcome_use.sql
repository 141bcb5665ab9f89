-- product_outcome_use: which outcomes accounts want now, and how many have reached theirs.
--
-- Grain    one row per outcome that somebody wants
-- Reads    account_card
-- Params   none
-- Columns  outcome  varchar
--          wanted   bigint   accounts that hold something
--          reached  bigint   of these; null for an outcome that is not declared
-- Rule     docs/card-rules.md, "Required outcome"

select
    required_outcome as outcome,
    count(*) as wanted,
    case
        when count(is_outcome_reached) > 0 then count(*) filter (where is_outcome_reached)
    end as reached,
from account_card
where required_outcome is not null
  and status in ('paying', 'leaving', 'trial', 'free')
group by required_outcome
order by wanted desc, outcome

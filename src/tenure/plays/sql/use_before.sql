-- use_before: how much accounts used the product in the four weeks before a day.
--
-- Grain    one row per account of the asked spans that used it then
-- Reads    use_day, asked_span
-- Params   none
-- Columns  account_id  varchar  canonical
--          events      bigint
-- Rule     docs/plays.md, "What difference it makes". `measure/retained.py` registers `asked_span`

with

began as (
    select
        account_id,
        min(from_on) as began_on,
    from asked_span
    group by account_id
)

select
    began.account_id,
    sum(use_day.events)::bigint as events,
from began
join use_day
    on  use_day.account_id = began.account_id
    and use_day.day < began.began_on
    and use_day.day >= began.began_on - interval 28 day
group by began.account_id

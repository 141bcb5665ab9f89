-- days_active: on how many days each account used the product in the 28 days before some days.
--
-- Grain    one row per account and day of $days, for accounts that used it at all
-- Reads    use_day
-- Params   $days date[], $below varchar, $accounts varchar[]
-- Columns  account_id   varchar  canonical
--          on_day       date
--          active_days  bigint   1 to 28
-- Rule     docs/content.md, "What each piece did". Accounts as in paying_change.

with

wanted as (
    select unnest($days) as on_day
)

select
    use_day.account_id,
    wanted.on_day,
    count(*) as active_days,
from wanted
join use_day
    on  use_day.day < wanted.on_day
    and use_day.day >= wanted.on_day - 28
where use_day.account_id is not null
  and (md5(use_day.account_id) < $below or use_day.account_id in (select unnest($accounts)))
group by use_day.account_id, wanted.on_day

-- paying_change: on which days some accounts began to pay, and on which they paid nothing any more.
--
-- Grain    one row per account and day on which it began or ended
-- Reads    mrr_movement
-- Params   $until_on date, $below varchar, $accounts varchar[]
-- Columns  account_id  varchar  canonical
--          changed_on  date
--          is_paying   boolean  from this day on, in whatever currency
-- Rule     docs/content.md, "What each piece did". Of the accounts that are not named, those whose
--          digest is below $below: by chance, and the same ones each time.

with

changed as (
    select
        account_id,
        moved_on,
        sum(
            case when mrr_after_minor <> 0 then 1 else 0 end
            - case when mrr_before_minor <> 0 then 1 else 0 end
        ) as currencies,
    from mrr_movement
    where moved_on < $until_on
      and (md5(account_id) < $below or account_id in (select unnest($accounts)))
    group by account_id, moved_on
),

standing as (
    select
        account_id,
        moved_on,
        currencies,
        sum(currencies) over (
            partition by account_id
            order by moved_on
            rows between unbounded preceding and current row
        ) as paid_in,
    from changed
)

select
    account_id,
    moved_on as changed_on,
    paid_in > 0 as is_paying,
from standing
where (paid_in > 0) <> (paid_in - currencies > 0)
order by account_id, moved_on

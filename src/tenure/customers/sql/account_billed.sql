-- account_billed: since when billing has known each account that new facts name.
--
-- Grain    one row per (account_key, source)
-- Reads    billing_fact_row
-- Params   $after_batch bigint, $only varchar[]    (only null: every id)
-- Columns  account_key    varchar      as sent, not canonical
--          source         varchar
--          first_seen_at  timestamptz
--          last_batch     bigint
-- Rule     A fact that takes another back names nobody. A start in the future is known already.

select
    account_key,
    source,
    min(least(effective_at, known_at)) as first_seen_at,
    max(batch) as last_batch,
from billing_fact_row
where batch > $after_batch
  and not is_void
  and ($only is null or account_key in (select unnest($only)))
group by account_key, source
order by account_key

-- card_intent: who looked at the way out, and when.
--
-- Grain    one row per account with any such sign
-- Reads    product_day
-- Params   $today date
-- Columns  account_id                  varchar  canonical
--          cancel_page_visits_14_days  bigint
--          cancel_page_visits_90_days  bigint
--          last_cancel_page_on         date
--          intent_events_28_days       bigint   all declared signs of leaving
--          last_intent_on              date
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Cancel page"

select
    account_id,
    sum(case when kind = 'cancel_page' and day > $today - 14 then events else 0 end)::bigint
        as cancel_page_visits_14_days,
    sum(case when kind = 'cancel_page' and day > $today - 90 then events else 0 end)::bigint
        as cancel_page_visits_90_days,
    max(case when kind = 'cancel_page' then day end) as last_cancel_page_on,
    sum(case when day > $today - 28 then events else 0 end)::bigint as intent_events_28_days,
    max(day) as last_intent_on,
from product_day
where kind in ('cancel_page', 'intent')
  and account_id is not null
  and day <= $today
group by account_id

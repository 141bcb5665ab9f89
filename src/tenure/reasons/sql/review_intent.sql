-- review_intent: signs of leaving in the product before each decision.
--
-- Grain    one row per (subject, day, name, person)
-- Reads    product_day, reason_subject
-- Params   $time_zone varchar
-- Columns  subject    bigint
--          kind       varchar      cancel_page | intent
--          name       varchar      the event; of a page the pattern that it matches
--          person_id  varchar      canonical
--          at         timestamptz  the last of that day
-- Rule     docs/reasons.md, "The review sheet": what the product file calls intent, of the 180
--          days before. The day of the decision itself is left out: who decides is on that page.

select
    reason_subject.subject,
    product_day.kind,
    product_day.name,
    product_day.person_id,
    product_day.last_at as at,
from product_day
join reason_subject
    on  reason_subject.account_id = product_day.account_id
    and product_day.day < (reason_subject.until_at at time zone $time_zone)::date
    and product_day.day >= (reason_subject.from_180_at at time zone $time_zone)::date
where product_day.kind in ('cancel_page', 'intent')
order by reason_subject.subject, product_day.last_at, product_day.name

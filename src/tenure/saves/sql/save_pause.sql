-- save_pause: when subscriptions of the accounts of saves are paused.
--
-- Grain    one row per pause of a followed account
-- Reads    pause_span, followed_account
-- Params   none
-- Columns  account_id       varchar  canonical
--          source           varchar
--          subscription_id  varchar
--          pauses_on        date
--          resumes_on       date     first day on which it runs again; null: not known yet
--          fact_id          varchar
-- Rule     docs/saves.md, "What a check asks"

select
    pause_span.account_id,
    pause_span.source,
    pause_span.subscription_id,
    pause_span.pauses_on,
    pause_span.resumes_on,
    pause_span.fact_id,
from pause_span
join followed_account
    on followed_account.account_id = pause_span.account_id
order by pause_span.account_id, pause_span.pauses_on, pause_span.fact_id

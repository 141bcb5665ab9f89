-- draft_outcome_use: which events some accounts do, beside all the others.
--
-- Grain    one row per name of a track event, and one with null for any
-- Reads    event_day
-- Params   $accounts varchar[]
-- Columns  event    varchar
--          inside   bigint  of these accounts, how many ever did it
--          outside  bigint  of the others
-- Rule     docs/product.md, "The first draft"

with

chosen as (
    select unnest($accounts) as account_id
),

used as (
    select distinct
        event_day.account_id,
        event_day.name as event,
        chosen.account_id is not null as is_chosen,
    from event_day
    left join chosen
        on chosen.account_id = event_day.account_id
    where event_day.type = 'track'
      and event_day.account_id is not null
      and event_day.name is not null
)

select
    event,
    count(*) filter (where is_chosen) as inside,
    count(*) filter (where not is_chosen) as outside,
from used
group by event

union all

select
    null as event,
    count(distinct case when is_chosen then account_id end) as inside,
    count(distinct case when not is_chosen then account_id end) as outside,
from used

-- last_told: the last day of which a product or a billing system has told anything.
--
-- Grain    one row
-- Reads    event, billing_fact
-- Params   $time_zone varchar, $until_on date
-- Columns  last_on  date  null when nothing was told up to $until_on
-- Rule     docs/look.md, "Which months are shown"

with

told as (
    select max(effective_at) as told_at,
    from billing_fact
    where kind in ('start', 'end', 'invoice_line')
      and cast(effective_at at time zone $time_zone as date) <= $until_on

    union all

    -- What an import says of an account is dated by the import, not by what the company did.
    select max(occurred_at) as told_at,
    from event
    where type not in ('identify', 'group', 'alias', 'system', 'metric')
      and cast(occurred_at at time zone $time_zone as date) <= $until_on
)

select
    cast(max(told_at) at time zone $time_zone as date) as last_on,
from told

-- draft_role: which roles people were said to have.
--
-- Grain    one row per role, in lower case
-- Reads    event
-- Params   none
-- Columns  value   varchar
--          people  bigint
-- Rule     The trait `role` of identify events, and of the event that adds a person to an account.

with

said as (
    select
        lower(trim(properties ->> '$.role')) as value,
        coalesce(user_id, anonymous_id) as person_raw_id,
    from event
    where (type = 'identify' or name = 'Account Added User')
      and contains(properties, '"role"')
)

select
    value,
    count(distinct person_raw_id) as people,
from said
where value is not null
  and value <> ''
group by value
order by people desc, value

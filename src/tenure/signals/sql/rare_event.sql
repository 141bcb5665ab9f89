-- rare_event: what few accounts do in a month, and when each did it first.
--
-- Grain    one row per (account_id, month, name) of the tracked events that are rare
-- Reads    event_day
-- Params   $before_on date, $most_share double
-- Columns  account_id  varchar
--          month       date         its first day
--          name        varchar
--          first_on    date
--          first_at    timestamptz
-- Rule     Rare is a name that is in fewer than $most_share of all months of accounts that did
--          anything in them.

with

done as (
    select
        account_id,
        date_trunc('month', day)::date as month,
        type,
        name,
        min(day) as first_on,
        min(first_at) as first_at,
    from event_day
    where account_id is not null
      and name is not null
      and day < $before_on
    group by 1, 2, 3, 4
),

active_month as (
    select distinct account_id, month,
    from done
    where type in ('track', 'page', 'screen')
),

active as (
    select count(*) as months,
    from active_month
),

rare as (
    select name,
    from done
    where type = 'track'
    group by name
    having count(*) < $most_share * (select months from active)
)

select
    done.account_id,
    done.month,
    done.name,
    done.first_on,
    done.first_at,
from done
inner join rare on rare.name = done.name
where done.type = 'track'
order by done.name, done.account_id, done.month

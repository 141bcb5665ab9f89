-- card_price: what an account pays against list, and for how many seats.
--
-- Grain    one row per account that holds a subscription
-- Reads    held_subscription, card_standing, product_plan, account_member
-- Params   none
-- Columns  account_id           varchar  canonical
--          list_price_minor     bigint   per month, of all that it pays for, in `currency`
--          price_to_list_share  double   MRR ÷ that
--          bill_minor           bigint   what one bill of its only subscription comes to
--          seats                bigint   of all that it holds
--          seats_taken_share    double   members ÷ seats
--          mrr_hundreds         double   MRR in hundreds of the currency's unit; null without MRR
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Price". Null as soon as one plan that it pays for has no list price
--          in its currency, or is sold by the seat and tells no seats. A bill is as billing tells
--          it: null where it tells none, where it pays for several subscriptions or by invoice
--          lines, and where the next bill is another one because a discount ends.

with

priced as (
    select
        held_subscription.account_id,
        held_subscription.currency,
        held_subscription.mrr_minor,
        product_plan.list_price_minor * case
            when product_plan.is_per_seat then held_subscription.quantity * 1.0e0
            else 1.0e0
        end as list_price_minor,
    from held_subscription
    left join product_plan
        on  product_plan.plan = held_subscription.plan
        and product_plan.currency = held_subscription.currency
    where held_subscription.is_paying
),

listed as (
    select
        priced.account_id,
        case
            when count(*) = count(priced.list_price_minor)
                then round(least(sum(priced.list_price_minor), 9e15))::bigint
        end as list_price_minor,
        sum(priced.mrr_minor) as mrr_minor,
    from priced
    join card_standing
        on  card_standing.account_id = priced.account_id
        and card_standing.currency = priced.currency
    group by priced.account_id
),

billed as (
    select
        account_id,
        max(amount_minor) as bill_minor,
    from held_subscription
    where is_paying
    group by account_id
    having count(*) = 1
       and max(case when basis = 'subscription' and not is_price_passing then 1 else 0 end) = 1
),

seated as (
    select
        account_id,
        sum(case when quantity > 9000000000000 then 9000000000000 else quantity end)::bigint
            as seats,
    from held_subscription
    group by account_id
),

member as (
    select
        account_id,
        count(*) as members,
    from account_member
    where is_member
    group by account_id
),

-- Decimal places of the currency, where they are not two (ISO 4217).
unit as (
    select
        account_id,
        mrr_minor,
        case
            when currency in (
                'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI',
                'VND', 'VUV', 'XAF', 'XOF', 'XPF'
            ) then 1
            when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 1000
            else 100
        end as minor_units,
    from card_standing
    where mrr_minor > 0
)

select
    seated.account_id,
    listed.list_price_minor,
    (listed.mrr_minor * 1.0 / nullif(listed.list_price_minor, 0))::double as price_to_list_share,
    billed.bill_minor,
    seated.seats,
    (coalesce(member.members, 0) * 1.0 / nullif(seated.seats, 0))::double as seats_taken_share,
    (unit.mrr_minor / nullif(100.0 * unit.minor_units, 0))::double as mrr_hundreds,
from seated
left join listed
    on listed.account_id = seated.account_id
left join billed
    on billed.account_id = seated.account_id
left join member
    on member.account_id = seated.account_id
left join unit
    on unit.account_id = seated.account_id

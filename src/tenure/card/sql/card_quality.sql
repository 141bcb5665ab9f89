-- card_quality: what in an account's data contradicts itself, so that its card is read with care.
--
-- Grain    one row per known account
-- Reads    account_known, account_person, subscription_period, mrr_movement, card_standing,
--          card_price, account_member, season_now
-- Params   $today date
-- Columns  account_id           varchar    canonical
--          quality_flags        varchar[]  see the rule
--          quality_flags_count  bigint
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Quality flags"

with

used as (
    select
        account_id,
        min(first_on) as first_on,
        max(last_on) as last_on,
        count(*) filter (
            where person_id is not null and not starts_with(person_id, 'anon:')
        ) as people,
        count(*) filter (where starts_with(person_id, 'anon:')) as visitors,
    from account_person
    group by account_id
),

billed as (
    select
        account_id,
        min(starts_on) as starts_on,
        max(coalesce(ends_on, date '9999-12-31')) as ends_on,
    from subscription_period
    where starts_on <= $today
      and (ends_on is null or ends_on > starts_on)
    group by account_id
),

latest as (
    select
        account_id,
        currency,
        max(moved_on) as moved_on,
    from mrr_movement
    where moved_on <= $today
    group by account_id, currency
),

paid as (
    select
        latest.account_id,
        count(*) as currencies,
    from latest
    join mrr_movement
        on  mrr_movement.account_id = latest.account_id
        and mrr_movement.currency = latest.currency
        and mrr_movement.moved_on = latest.moved_on
    where mrr_movement.mrr_after_minor > 0
    group by latest.account_id
),

member as (
    select
        account_id,
        count(*) as people,
    from account_member
    where is_member
    group by account_id
),

measured as (
    select count(*) > 0 as is_use_measured,
    from season_now
),

flagged as (
    select
        account_known.account_id,
        list_filter(
            [
                case
                    when billed.ends_on <= $today and used.last_on > billed.ends_on + 7
                        then 'used_after_end'
                end,
                case
                    when used.first_on < billed.starts_on - 30 then 'used_before_subscription'
                end,
                case
                    when card_standing.mrr_minor > 0
                        and used.account_id is null
                        and measured.is_use_measured
                        and card_standing.paying_since_on <= $today - 14
                        then 'paying_never_used'
                end,
                case
                    when used.people = 0 and used.visitors > 0 then 'only_anonymous_use'
                end,
                case when paid.currencies > 1 then 'several_currencies' end,
                case
                    when card_standing.mrr_minor > 0 and member.people > card_price.seats
                        then 'people_over_seats'
                end
            ],
            lambda flag: flag is not null
        ) as quality_flags,
    from account_known
    cross join measured
    left join used
        on used.account_id = account_known.account_id
    left join billed
        on billed.account_id = account_known.account_id
    left join paid
        on paid.account_id = account_known.account_id
    left join member
        on member.account_id = account_known.account_id
    left join card_standing
        on card_standing.account_id = account_known.account_id
    left join card_price
        on card_price.account_id = account_known.account_id
)

select
    account_id,
    quality_flags,
    array_length(quality_flags) as quality_flags_count,
from flagged

-- card_quality: what in an account's data contradicts itself, so that its card is read with care.
--
-- Grain    one row per known account
-- Reads    account_known, account_span, card_standing, card_price, account_member, season_now
-- Params   $today date
-- Columns  account_id           varchar    canonical
--          quality_flags        varchar[]  see the rule
--          quality_flags_count  bigint
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Quality flags"

with

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
                    when card_standing.held_until_on <= $today
                        and account_span.last_on > card_standing.held_until_on + 7
                        then 'used_after_end'
                end,
                case
                    when account_span.first_on < card_standing.held_since_on - 30
                        then 'used_before_subscription'
                end,
                case
                    when card_standing.mrr_minor > 0
                        and account_span.account_id is null
                        and measured.is_use_measured
                        and card_standing.paying_since_on <= $today - 14
                        then 'paying_never_used'
                end,
                case
                    when account_span.people = 0 and account_span.visitors > 0
                        then 'only_anonymous_use'
                end,
                case when card_standing.currencies_paid > 1 then 'several_currencies' end,
                case
                    when card_standing.mrr_minor > 0 and member.people > card_price.seats
                        then 'people_over_seats'
                end
            ],
            lambda flag: flag is not null
        ) as quality_flags,
    from account_known
    cross join measured
    left join account_span
        on account_span.account_id = account_known.account_id
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

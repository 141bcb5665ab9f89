-- card_person_who: who each person is, where they belong, and what they came for.
--
-- Grain    one row per identified person
-- Reads    person_known, person_trait, person_place, stated_outcome, champion
-- Params   none
-- Columns  person_id         varchar    canonical
--          name              varchar
--          email             varchar
--          locale            varchar
--          account_id        varchar    the one that they do most in
--          accounts          varchar[]  all that they belong to now
--          role              varchar    in that account
--          is_member         boolean    of that account, now
--          is_champion       boolean    of that account
--          required_outcome  varchar    of their role there, else the account's own
-- Refresh  with the card
-- Rule     docs/card-rules.md, "People"

with

ranked as (
    select
        person_id,
        trait,
        value,
        row_number() over (
            partition by person_id, trait
            order by day desc, said_at desc, value
        ) as place,
    from person_trait
),

said as (
    select
        person_id,
        max(case when trait = 'name' then value end) as name,
        max(case when trait = 'email' then value end) as email,
        max(case when trait = 'locale' then value end) as locale,
    from ranked
    where place = 1
    group by person_id
)

select
    person_known.person_id,
    said.name,
    said.email,
    said.locale,
    person_place.account_id,
    coalesce(person_place.accounts, []::varchar[]) as accounts,
    person_place.role,
    coalesce(person_place.is_member, false) as is_member,
    champion.person_id is not null as is_champion,
    coalesce(of_role.outcome, of_account.outcome) as required_outcome,
from person_known
left join said
    on said.person_id = person_known.person_id
left join person_place
    on person_place.person_id = person_known.person_id
left join champion
    on  champion.account_id = person_place.account_id
    and champion.person_id = person_place.person_id
left join stated_outcome as of_role
    on  of_role.account_id = person_place.account_id
    and of_role.role = person_place.role
left join stated_outcome as of_account
    on  of_account.account_id = person_place.account_id
    and of_account.role = ''

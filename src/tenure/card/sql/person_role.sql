-- person_role: what each person is in each account, as far as anything says.
--
-- Grain    one row per (account_id, person_id), of members and of who ever used it
-- Reads    account_member, account_person, person_trait, product_role
-- Params   none
-- Columns  account_id  varchar  canonical
--          person_id   varchar  canonical
--          is_member   boolean  belongs to the account now
--          role        varchar  buyer | implementer | user | executive; null when nothing tells
--          name        varchar
--          email       varchar
--          locale      varchar
--          last_on     date     last use in this account
-- Refresh  by account
-- Rule     docs/card-rules.md, "Roles": the last word holds, read by the product file.

with

present as (
    select
        coalesce(account_member.account_id, account_person.account_id) as account_id,
        coalesce(account_member.person_id, account_person.person_id) as person_id,
        coalesce(account_member.is_member, false) as is_member,
        account_person.last_on,
    from account_member
    full join account_person
        on  account_person.account_id = account_member.account_id
        and account_person.person_id = account_member.person_id
    where coalesce(account_member.person_id, account_person.person_id) is not null
      and not starts_with(coalesce(account_member.person_id, account_person.person_id), 'anon:')
),

-- A trait has one value a day: the greatest text of day and value is the last word, without the
-- sorting of all words that a rank takes. A day is ten characters long.
latest as (
    select
        account_id,
        person_id,
        max(case when trait = 'role' then day::varchar || lower(value) end) as role_said,
        max(case when trait = 'name' then day::varchar || value end) as name,
        max(case when trait = 'email' then day::varchar || value end) as email,
        max(case when trait = 'locale' then day::varchar || value end) as locale,
    from person_trait
    where account_id is not null
    group by account_id, person_id
),

said as (
    select
        account_id,
        person_id,
        substr(role_said, 11) as role_said,
        substr(name, 11) as name,
        substr(email, 11) as email,
        substr(locale, 11) as locale,
    from latest
),

meaning as (
    select
        value,
        min(role) as role,
    from product_role
    group by value
)

select
    present.account_id,
    present.person_id,
    present.is_member,
    coalesce(
        meaning.role,
        case
            when said.role_said in ('buyer', 'implementer', 'user', 'executive')
                then said.role_said
        end
    ) as role,
    said.name,
    said.email,
    said.locale,
    present.last_on,
from present
left join said
    on  said.account_id = present.account_id
    and said.person_id = present.person_id
left join meaning
    on meaning.value = said.role_said

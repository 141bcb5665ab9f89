-- person_place: the account that a person is shown with, of those they are in.
--
-- Grain    one row per identified person with any account
-- Reads    person_role, account_person
-- Params   none
-- Columns  person_id   varchar    canonical
--          account_id  varchar    of those they belong to, else ever used, the one they did most in
--          is_member   boolean    belongs to it now
--          role        varchar
--          accounts    varchar[]  all that they belong to now
-- Refresh  with the card
-- Rule     docs/card-rules.md, "People"

with

ranked as (
    select
        person_role.person_id,
        person_role.account_id,
        person_role.is_member,
        person_role.role,
        row_number() over (
            partition by person_role.person_id
            order by
                person_role.is_member desc,
                coalesce(account_person.events, 0) desc,
                person_role.account_id
        ) as place,
    from person_role
    left join account_person
        on  account_person.account_id = person_role.account_id
        and account_person.person_id = person_role.person_id
),

belonging as (
    select
        person_id,
        coalesce(list_sort(list(account_id) filter (where is_member)), []::varchar[]) as accounts,
    from person_role
    group by person_id
)

select
    ranked.person_id,
    ranked.account_id,
    ranked.is_member,
    ranked.role,
    belonging.accounts,
from ranked
join belonging
    on belonging.person_id = ranked.person_id
where ranked.place = 1

-- card_champion: who uses the product most in each account, and whether they are still there.
--
-- Grain    one row per account that an identified person ever used
-- Reads    champion, person_role
-- Params   none
-- Columns  account_id                  varchar  canonical
--          champion_id                 varchar  person_id, canonical
--          champion_name               varchar
--          champion_role               varchar
--          champion_last_seen_on       date
--          champion_use_share_90_days  double   of the events of identified people
--          is_champion_member          boolean  belongs to the account now
-- Refresh  with the card
-- Rule     docs/card-rules.md, "Champion"

select
    champion.account_id,
    champion.person_id as champion_id,
    person_role.name as champion_name,
    person_role.role as champion_role,
    champion.last_seen_on as champion_last_seen_on,
    champion.use_share as champion_use_share_90_days,
    coalesce(person_role.is_member, false) as is_champion_member,
from champion
left join person_role
    on  person_role.account_id = champion.account_id
    and person_role.person_id = champion.person_id

"""Every column of the cards against a walk by hand over drawn lives, now and as of then."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from card.drawn_lives import DAYS, PRODUCT, Lives, product_text
from customers.arriving import DAY_0, arrive
from oracles import card_by_hand as by_hand
from oracles import card_kept_by_hand as of_kept
from oracles import card_of_people_by_hand as of_people
from tenure.card.catalogue import account_columns
from tenure.customers.follow import follow
from tenure.definitions.store import put_in_force
from tenure.lake.reading import derived_relations, reading, sql_packages
from tenure.lake.refresh import refresh

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Europe/Berlin")
# What is counted from a date stands beside it; what is engine's own is tested with standing.
COUNTED = ("days_since_", "days_until_", "tenure_days", "days_paying")
PLAIN = {"currency", "plan", "billing_interval", "quantity", "paying_since_on", "left_on",
         "notice_at", "ends_on", "people_active_30_days", "events_30_days", "last_seen_at",
         "last_seen_on"}  # fmt: skip


def walked(world, account) -> dict:
    """All columns by hand."""
    season = by_hand.common_season(world)
    found = by_hand.standing(world, account)[0]
    for topic in (by_hand.terms, by_hand.price, by_hand.people, by_hand.breadth, by_hand.depth,
                  of_people.roles, of_people.champion, of_people.first_value, of_people.limits,
                  of_people.tickets, of_people.payments, of_people.intent, of_people.outcome,
                  of_people.traits, of_kept.kept):  # fmt: skip
        found |= topic(world, account)
    for judged in (by_hand.trend, by_hand.stage, of_people.quality):
        found |= judged(world, account, season)
    return found


def rows_of(reader, name: str) -> dict[str, dict]:
    sql = derived_relations(sql_packages(None))[name]
    rows = reader.rows(sql)
    return {row[sql.columns[0].name]: row for row in rows}


def differences(found: dict, wanted: dict) -> dict:
    """Column by column: what the relation says, and what the walk says."""
    return {
        name: (found[name], value)
        for name, value in wanted.items()
        if found[name] != (pytest.approx(value) if isinstance(value, float) else value)
    }


@pytest.fixture
def company(home):
    (home.root / "tenure.toml").write_text(
        f'[company]\nname = "Lives"\ntime_zone = "{ZONE.key}"\ncurrency = "EUR"\n'
    )
    put_in_force("product", "", product_text(), now=datetime(2026, 1, 1, tzinfo=UTC), by="test")
    return home


@pytest.mark.parametrize(
    ("seed", "accounts"),
    [
        (1, 16),
        pytest.param(2, 45, marks=pytest.mark.slow),
        pytest.param(3, 45, marks=pytest.mark.slow),
    ],
)
def test_an_account_card_says_what_a_walk_over_its_life_says(company, seed, accounts):
    lives = Lives(seed, accounts)
    end = DAY_0 + timedelta(days=DAYS + 1, hours=7)
    arrive(company, lives.event_rows(), lives.fact_rows())
    follow(company, end)
    refresh(company, end)

    for moment in (end, *(DAY_0 + timedelta(days=n, hours=h) for n, h in ((400, 3), (230, 22.8)))):
        world = world_at(lives, moment)
        with reading(company, as_of=None if moment == end else moment) as reader:
            found = rows_of(reader, "account_card")
        assert sorted(found) == world.accounts()
        differing = {
            (moment, account): told
            for account in world.accounts()
            if (told := differences(found[account], walked(world, account)))
        }
        assert differing == {}


def test_the_walk_covers_every_column_of_the_catalogue():
    world = world_at(Lives(1, accounts=12), DAY_0 + timedelta(days=DAYS))
    known = set().union(*(walked(world, account) for account in world.accounts()))
    columns = {
        name for name in account_columns() if not name.startswith(COUNTED) and name not in PLAIN
    }

    assert columns - known == set()
    assert known - columns == set()


def test_a_person_card_says_what_a_walk_over_their_life_says(company):
    lives = Lives(4, accounts=25)
    end = DAY_0 + timedelta(days=DAYS, hours=7)
    arrive(company, lives.event_rows(), lives.fact_rows())
    follow(company, end)
    refresh(company, end)

    for moment in (end, DAY_0 + timedelta(days=300)):
        world = world_at(lives, moment)
        with reading(company, as_of=None if moment == end else moment) as reader:
            found = rows_of(reader, "person_card")
        people = {event["person"] for event in world.events} - {None}
        assert set(found) == people
        for person in people:
            card = found[person]
            assert differences(card, of_people.person(world, person)) == {}
            home = card["account_id"]
            champion = of_people.champion(world, home).get("champion_id")
            assert card["is_champion"] == (champion == person)
            assert card["role"] == of_people.role_of(world, person, home)
            assert card["is_member"] == ((person, home) in world.members)


def world_at(lives: Lives, moment: datetime) -> by_hand.World:
    events, facts = lives.known_by(moment)
    return by_hand.World(events, facts, PRODUCT, moment.astimezone(ZONE).date(), ZONE)


def test_cards_made_for_a_few_accounts_are_those_made_for_all(company):
    """A fifth of all rows arrives later on the same day; only accounts with news are made again."""
    lives = Lives(6, accounts=30)
    end = DAY_0 + timedelta(days=DAYS + 1, hours=7)
    late = {f"acc{number:02d}" for number in range(0, 30, 5)} | {None}
    rows = lives.event_rows()
    first = [row for row in rows if row["account_key"] not in late or row["message_id"] < "e0002"]
    arrive(company, first, lives.fact_rows())
    follow(company, end)
    refresh(company, end)

    rest = [row for row in rows if row not in first]
    arrive(company, rest)
    follow(company, end)
    told = refresh(company, end + timedelta(minutes=5))
    with reading(company) as reader:
        kept = rows_of(reader, "account_card")
    with reading(company, as_of=end + timedelta(minutes=5)) as reader:
        made = rows_of(reader, "account_card")

    assert told.relations["account_card"].endswith("accounts")
    assert {account for account in made if made[account] != kept[account]} == set()

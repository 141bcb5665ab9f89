"""A card as of a time knows what was known then, and nothing that came to be known later."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from card.card_worlds import day, live
from card.known_worlds import ACCOUNTS, DAYS, PEOPLE, START, KnownWorld, lake_of, worlds
from customers.arriving import NOW
from tenure.base.errors import InvalidInput, NotFound
from tenure.base.home import Home
from tenure.card.card_of import Card, account_card, person_card, read_as_of
from tenure.customers.merging import merge
from tenure.customers.publishing import publish_links
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh

pytestmark = pytest.mark.django_db
LATER = START + timedelta(days=2 * DAYS)


def cards(home: Home, **how: object) -> dict[str, list[dict]]:
    """Every account's and every person's card, as readers of the lake see them."""
    with reading(home, threads=1, **how) as reader:
        return {
            name: sorted(reader.relation(name).to_pylist(), key=repr)
            for name in ("account_card", "person_card")
        }


def one(read, home: Home, id: str, **how: object) -> Card | None:
    try:
        return read(home, id, **how)
    except NotFound:
        return None


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.integers(0, DAYS + 60))
def test_deleting_all_that_came_to_be_known_later_changes_no_card(world: KnownWorld, number: int):
    at = START + timedelta(days=number, hours=3)
    with tempfile.TemporaryDirectory() as folder:
        whole = lake_of(world, Path(folder, "whole"))
        early = lake_of(world, Path(folder, "early"), known_by=at)

        assert cards(whole, as_of=at) == cards(early, as_of=at)


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.integers(30, DAYS + 60))
def test_one_card_is_the_same_as_among_all_cards(world: KnownWorld, number: int):
    at = START + timedelta(days=number, hours=3)
    with tempfile.TemporaryDirectory() as folder:
        home = lake_of(world, Path(folder, "whole"))
        every = cards(home, as_of=at)
        for read, ids, relation, key in (
            (account_card, ACCOUNTS[:3], "account_card", "account_id"),
            (person_card, PEOPLE, "person_card", "person_id"),
        ):
            found = {row.pop(key): row for row in every[relation]}
            for id in ids:
                told = one(read, home, id, now=LATER, as_of=at)
                assert (told.values if told and told.id == id else None) == found.get(id)


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds())
def test_as_of_now_is_the_card_of_now_after_every_day_on_the_way(world: KnownWorld):
    """Refreshed day by day, so that what is kept from one day to the next is tried too."""
    with tempfile.TemporaryDirectory() as folder:
        home = lake_of(world, Path(folder, "home"))
        for number in (0, 1, 30):
            at = START + timedelta(days=2 * DAYS + number)
            refresh(home, at)
            assert cards(home) == cards(home, as_of=at)


LIFE = """
    day 1   track     ada @acme  Opened
    day 40  track     ada @acme  Opened
    day 90  track     bob @beta  Opened
"""
BILLED = """
    day 10  acme  start   s/1  status=active plan=Pro mrr_minor=1000
    day 60  acme  notice  s    until=80
    day 80  acme  end     s
"""


def test_a_past_card_counts_its_days_from_then(home):
    live(home, LIFE, BILLED)

    then = account_card(home, "acme", now=NOW, as_of=day(50)).values
    now = account_card(home, "acme", now=NOW).values

    assert (then["status"], then["notice_at"], then["days_until_end"]) == ("paying", None, None)
    assert (then["last_seen_on"], then["days_since_seen"]) == (day(40).date(), 10)
    assert (now["status"], now["left_on"]) == ("left", day(80).date())
    assert now["days_since_seen"] == (NOW - day(40)).days


def test_between_notice_and_end_a_card_counts_down(home):
    live(home, LIFE, BILLED)

    told = account_card(home, "acme", now=NOW, as_of=day(65)).values

    assert (told["status"], told["ends_on"], told["days_until_end"]) == (
        "leaving", day(80).date(), 15,
    )  # fmt: skip


def test_state_and_lake_say_the_same_of_now(home):
    live(home, LIFE, BILLED)

    for id in ("acme", "beta"):
        of_state = account_card(home, id, now=NOW)
        assert of_state.values == account_card(home, id, now=NOW, as_of=NOW).values
    with reading(home) as reader:
        rows = {row.pop("account_id"): row for row in reader.relation("account_card").to_pylist()}
    assert rows["acme"] == account_card(home, "acme", now=NOW).values


def test_days_go_on_in_state_without_a_refresh(home):
    live(home, LIFE, BILLED)

    later = account_card(home, "acme", now=NOW + timedelta(days=3)).values

    assert later["days_since_seen"] == (NOW - day(40)).days + 3


def test_an_id_stands_for_whom_it_stood_for_then(home):
    live(home, LIFE, BILLED)
    merge("account", "beta", "acme", now=day(200))
    publish_links(home, day(200))
    live(home)

    assert account_card(home, "beta", now=NOW).id == "acme"
    assert account_card(home, "beta", now=NOW, as_of=day(250)).id == "acme"
    assert account_card(home, "beta", now=NOW, as_of=day(100)).id == "beta"
    assert account_card(home, "acme", now=NOW, as_of=day(100)).values["last_seen_on"] == on(40)
    assert account_card(home, "acme", now=NOW).values["last_seen_on"] == on(90)


def on(number: int) -> date:
    return day(number).date()


def test_a_person_has_a_card_too(home):
    live(home, LIFE, BILLED)

    now = person_card(home, "ada", now=NOW).values
    then = person_card(home, "ada", now=NOW, as_of=day(30)).values

    assert (now["first_seen_on"], now["last_seen_on"], now["accounts_used"]) == (on(1), on(40), 1)
    assert (then["last_seen_on"], then["days_since_seen"]) == (on(1), 29)


def test_who_is_not_there_is_said_with_what_to_do(home):
    live(home, LIFE, BILLED)

    with pytest.raises(NotFound, match="did you mean 'acme'"):
        account_card(home, "ACME", now=NOW)
    with pytest.raises(NotFound, match="there is no account 'nobody'; its id is what events"):
        account_card(home, "nobody", now=NOW)
    with pytest.raises(NotFound, match="nothing was known of the account 'beta' at 2025-02-20"):
        account_card(home, "beta", now=NOW, as_of=day(50))
    with pytest.raises(NotFound, match="there is no person 'nobody'"):
        person_card(home, "nobody", now=NOW)
    with pytest.raises(InvalidInput, match="still to come; name a past time"):
        account_card(home, "acme", now=NOW, as_of=NOW + timedelta(days=2))


def test_a_day_means_its_end_at_the_company(home):
    home.settings_file.write_text('[company]\ntime_zone = "Asia/Shanghai"\n')
    there = Home(home.root)

    end = datetime(2025, 3, 1, 15, 59, 59, 999999, tzinfo=UTC)
    assert read_as_of(there, "2025-03-01") == end
    assert read_as_of(there, "2025-03-01T14:30:00") == datetime(2025, 3, 1, 14, 30, tzinfo=UTC)
    assert read_as_of(there, "2025-03-01T14:30:00+02:00").hour == 12
    for wrong in ("yesterday", "2025-13-01", "", "9999-12-31"):
        with pytest.raises(InvalidInput, match="write a day as 2025-03-01"):
            read_as_of(there, wrong)

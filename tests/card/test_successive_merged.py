"""What days add up to follows from the days of which something new was said, and is the same."""

from datetime import datetime, timedelta

import pytest

from card.known_worlds import START, KnownWorld, lake_of
from card.test_successive import from_nothing, unordered
from tenure.base.home import Home
from tenure.definitions.store import put_in_force
from tenure.lake.merging import DAYS_MAX
from tenure.lake.successive import successive

pytestmark = pytest.mark.django_db
WANTED = {
    "account_person": ["account_id", "person_id", "first_on", "last_at", "active_days"],
    "account_first_event": ["account_id", "first_event_on"],
    "account_feature": ["account_id", "feature", "first_on", "last_on", "events"],
}

REACHED = {"outcome_reached": ["account_id", "reached_on"], "account_person": ["first_on"]}
PRODUCT = """
[[outcome]]
name = "seen"
events = ["Report Exported", "Portal Shared"]
within_days = 7
"""


def day(number: str | int) -> datetime:
    return START + timedelta(days=int(number) - 1)


def lake(home: Home, text: str) -> Home:
    """`day 3 ann @acme Portal Shared`, `day 3 known 9 ann`, `day 4 ann joins acme`; `day 1-3` is
    each of them, and who does nothing that has a name exports a report.
    """
    events, memberships = [], []
    for line in text.strip().splitlines():
        _, days, *words = line.split()
        if "joins" in words:
            link = {"person_id": words[0], "account_id": words[2], "changed_at": day(days)}
            memberships.append(link)
            continue
        known = words[1] if words[0] == "known" else ""
        who, *what = words[2:] if known else words
        account = what.pop(0).removeprefix("@") if what else None
        first, _, last = days.partition("-")
        for number in range(int(first), int(last or first) + 1):
            at = day(number)
            events.append({
                "message_id": f"{len(events)}", "source": "web", "batch": 1, "type": "track",
                "name": " ".join(what) or "Report Exported", "occurred_at": at, "known_at": day(known or number),
                "received_at": at, "user_id": who, "properties": "{}", "context": "{}",
                "account_key": account,
                "occurred_month": f"{at:%Y-%m}",
            })  # fmt: skip
    return lake_of(KnownWorld(events, [], [], memberships), home.root)


def mornings(
    home: Home, *days: int, asked_on: tuple[int, ...], wanted: dict[str, list[str]] = WANTED
) -> list[dict[str, list[tuple]]]:
    """What is said in those of the mornings in which it is asked, which is what is so by then."""
    found = []
    with successive(home, wanted) as past:
        for number in days:
            past.bring_to(day(number) + timedelta(hours=1))
            if number in asked_on:
                said = {name: past.rows(name, columns) for name, columns in wanted.items()}
                alone = from_nothing(home, day(number) + timedelta(hours=1), wanted)
                for name, rows in said.items():
                    assert unordered(rows) == unordered(alone[name]), f"{name} on day {number}"
                found.append(said)
    return found


def counted(found: list[dict[str, list[tuple]]], name: str) -> list[int]:
    return [len(said[name]) for said in found]


def test_who_turns_out_to_belong_to_two_accounts_counts_for_neither(home):
    lake(home, """
        day 1 ann joins acme
        day 1-3 ann
        day 10 ann joins beta
    """)  # fmt: skip

    found = mornings(home, 4, 11, asked_on=(4, 11))

    assert counted(found, "account_person") == [1, 0]
    assert counted(found, "account_first_event") == [1, 0]


def test_a_first_day_that_is_taken_away_is_looked_for_among_all_days(home):
    lake(home, """
        day 1 ann joins acme
        day 1-3 ann
        day 2 bob @acme
        day 5 ann @acme
        day 10 ann joins beta
        day 11 cas @acme
    """)  # fmt: skip

    found = mornings(home, 6, 11, 12, asked_on=(6, 11, 12))

    assert counted(found, "account_person") == [2, 3, 3]


def test_days_too_many_to_merge_are_made_up_for_however_late_it_is_asked(home):
    lake(home, f"""
        day 1 ann joins acme
        day 1-{DAYS_MAX + 5} ann
        day 5 bob @acme
        day 20 ann joins beta
        day 22 bob @acme
    """)  # fmt: skip

    found = mornings(home, 18, 21, 23, 24, asked_on=(18, 24))

    assert counted(found, "account_person") == [2, 1]


def test_what_is_learned_late_counts_once_however_long_the_past(home):
    lake(home, """
        day 1 bob @acme
        day 60 bob @acme
        day 60 known 100 bob @acme
        day 90 bob @acme
    """)  # fmt: skip

    found = mornings(home, 2, 41, 70, 95, 101, asked_on=(70, 101))

    assert counted(found, "account_feature") == [1, 1]


@pytest.fixture
def product(home: Home) -> Home:
    put_in_force("product", "", PRODUCT, now=START, by="test")
    return home


def test_what_was_reached_first_is_looked_for_no_further_back_than_it_can_lie(product):
    lake(product, """
        day 1 ann @acme
        day 6 ann @acme Portal Shared
        day 1 bob @beta
        day 20 bob @beta Portal Shared
        day 25 bob @beta
        day 3 known 40 bob @beta Portal Shared
        day 10 cas joins core
        day 11 cas
        day 13-24 cas
        day 12 dan @core Portal Shared
        day 30 cas joins beta
        day 41 bob @beta
        day 45 dan @core
        day 46 dan @core Portal Shared
    """)  # fmt: skip

    found = mornings(product, *range(2, 48), asked_on=(6, 13, 26, 31, 41, 47), wanted=REACHED)

    reached = [
        {account_id: (on - START.date()).days + 1 for account_id, on in said["outcome_reached"]}
        for said in found
    ]
    assert reached == [
        {"acme": 6},
        {"acme": 6, "core": 12},
        {"acme": 6, "core": 12, "beta": 25},
        {"acme": 6, "beta": 25},  # what cas did counts for neither any more
        {"acme": 6, "beta": 3},  # what was heard late
        {"acme": 6, "beta": 3, "core": 46},
    ]

"""What days add up to follows from the days of which something new was said, and is the same."""

from datetime import datetime, timedelta

from card.known_worlds import START, KnownWorld, lake_of
from card.test_successive import from_nothing, unordered
from tenure.base.home import Home
from tenure.lake.merging import DAYS_MAX
from tenure.lake.successive import successive

WANTED = {
    "account_person": ["account_id", "person_id", "first_on", "last_at", "active_days"],
    "account_first_event": ["account_id", "first_event_on"],
    "account_feature": ["account_id", "feature", "first_on", "last_on", "events"],
}


def day(number: str | int) -> datetime:
    return START + timedelta(days=int(number) - 1)


def lake(home: Home, text: str) -> Home:
    """`day 3 ann @acme`, `day 3 known 9 ann`, `day 4 ann joins acme`; `day 1-3` is each of them."""
    events, memberships = [], []
    for line in text.strip().splitlines():
        _, days, *words = line.split()
        if "joins" in words:
            link = {"person_id": words[0], "account_id": words[2], "changed_at": day(days)}
            memberships.append(link)
            continue
        known = words[1] if words[0] == "known" else ""
        who, *where = words[2:] if known else words
        first, _, last = days.partition("-")
        for number in range(int(first), int(last or first) + 1):
            at = day(number)
            events.append({
                "message_id": f"{len(events)}", "source": "web", "batch": 1, "type": "track",
                "name": "Report Exported", "occurred_at": at, "known_at": day(known or number),
                "received_at": at, "user_id": who, "properties": "{}", "context": "{}",
                "account_key": where[0].removeprefix("@") if where else None,
                "occurred_month": f"{at:%Y-%m}",
            })  # fmt: skip
    return lake_of(KnownWorld(events, [], [], memberships), home.root)


def mornings(home: Home, *days: int, asked_on: tuple[int, ...]) -> list[dict]:
    """What is said in those of the mornings in which it is asked, which is what is so by then."""
    found = []
    with successive(home, WANTED) as past:
        for number in days:
            past.bring_to(day(number) + timedelta(hours=1))
            if number in asked_on:
                said = {name: unordered(past.rows(name, WANTED[name])) for name in WANTED}
                alone = from_nothing(home, day(number) + timedelta(hours=1), WANTED)
                assert said == {name: unordered(rows) for name, rows in alone.items()}, number
                found.append({name: len(rows) for name, rows in said.items()})
    return found


def test_who_turns_out_to_belong_to_two_accounts_counts_for_neither(home):
    lake(home, """
        day 1 ann joins acme
        day 1-3 ann
        day 10 ann joins beta
    """)  # fmt: skip

    found = mornings(home, 4, 11, asked_on=(4, 11))

    assert [each["account_person"] for each in found] == [1, 0]
    assert [each["account_first_event"] for each in found] == [1, 0]


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

    assert [each["account_person"] for each in found] == [2, 3, 3]


def test_days_too_many_to_merge_are_made_up_for_however_late_it_is_asked(home):
    lake(home, f"""
        day 1 ann joins acme
        day 1-{DAYS_MAX + 5} ann
        day 5 bob @acme
        day 20 ann joins beta
        day 22 bob @acme
    """)  # fmt: skip

    found = mornings(home, 18, 21, 23, 24, asked_on=(18, 24))

    assert [each["account_person"] for each in found] == [2, 1]


def test_what_is_learned_late_counts_once_however_long_the_past(home):
    lake(home, """
        day 1 bob @acme
        day 60 bob @acme
        day 60 known 100 bob @acme
        day 90 bob @acme
    """)  # fmt: skip

    found = mornings(home, 2, 41, 70, 95, 101, asked_on=(70, 101))

    assert [each["account_feature"] for each in found] == [1, 1]

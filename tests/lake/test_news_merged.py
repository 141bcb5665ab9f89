"""A day's news is put into the rows that are there, and only what cannot be is made from all."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_worlds import NOON, PROBES, append_rows, at, event_row, relations
from test_refresh import arrive, batches, link, refreshed

from tenure.base.home import Home
from tenure.lake.merging import DAYS_MAX
from tenure.lake.refresh import refresh
from tenure.lake.relations import write_identity_links

CARD = ("tenure.lake", "tenure.collect", "tenure.measure", "tenure.card", "tenure.offboard")


def used(id: str, day: str, user_id: str = "ann", **more: object) -> dict:
    return event_row(id, at(day), user_id=user_id, account_key="acme", **more)


def seen(home: Home) -> list[tuple]:
    """Who was seen in which account: person, first day, days, events."""
    return [(row[1], row[2], row[4], row[5]) for row in relations(home, PROBES)["person_seen"]]


def test_news_of_a_day_is_added_to_what_is_known(home):
    append_rows(home, 1, [used("a", "2025-01-10"), used("b", "2025-01-20")])
    refreshed(home, PROBES)

    append_rows(home, 2, [used("c", "2025-01-20 09:00"), used("d", "2025-01-21", "bob")])
    made = refreshed(home, PROBES)

    assert made["person_seen"] == made["first_seen"] == "1 accounts, merged"
    assert seen(home) == [
        ("ann", date(2025, 1, 10), 2, 3),
        ("bob", date(2025, 1, 21), 1, 1),
    ]
    assert relations(home, PROBES) == relations(home, PROBES, as_of=at("2030-01-01"))


def test_what_was_first_and_is_taken_back_is_looked_for_among_all_days(home):
    append_rows(
        home, 1, [used(id, f"2025-01-{day}") for id, day in zip("abc", (10, 15, 20), strict=True)]
    )
    refreshed(home, PROBES)

    # The first of all moves behind the second.
    append_rows(home, 2, [used("d", "2025-01-17", corrects="a")])
    made = refreshed(home, PROBES)

    assert made["person_seen"] == "1 accounts, merged"
    assert seen(home) == [("ann", date(2025, 1, 15), 3, 3)]
    assert relations(home, PROBES)["first_seen"][0][2] == date(2025, 1, 15)


def test_who_turns_out_to_be_somebody_else_leaves_no_row(home):
    visited = event_row("v", at("2025-01-12"), anonymous_id="x", account_key="acme")
    append_rows(home, 1, [used("a", "2025-01-10"), visited])
    refreshed(home, PROBES)
    before = [row[0] for row in seen(home)]

    write_identity_links(home, [link("person", "anon:x", "ann")], now=NOON)
    made = refreshed(home, PROBES)

    assert made["person_seen"] == "1 accounts, merged"
    assert before == ["ann", "anon:x"]
    assert seen(home) == [("ann", date(2025, 1, 10), 2, 2)]


def test_an_account_that_says_nothing_any_more_is_gone(home):
    append_rows(home, 1, [used("a", "2025-01-10")])
    refreshed(home, PROBES)

    elsewhere = event_row("b", at("2025-01-10"), user_id="ann", account_key="beta", corrects="a")
    append_rows(home, 2, [elsewhere])
    refreshed(home, PROBES)

    for name in ("person_seen", "first_seen"):
        assert [row[0] for row in relations(home, PROBES)[name]] == ["beta"]


def test_news_of_many_days_is_read_from_all(home):
    append_rows(home, 1, [used("a", "2025-01-10")])
    refreshed(home, PROBES)

    days = [at("2025-01-11") + timedelta(days=n) for n in range(DAYS_MAX + 1)]
    rows = [
        event_row(f"n{n}", day, user_id="ann", account_key="acme") for n, day in enumerate(days)
    ]
    append_rows(home, 2, rows)
    made = refreshed(home, PROBES)

    assert made["person_seen"] == "1 accounts"
    assert seen(home) == [("ann", date(2025, 1, 10), DAYS_MAX + 2, DAYS_MAX + 2)]


@pytest.mark.slow
@pytest.mark.django_db
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(batches, min_size=2, max_size=4))
def test_what_cards_keep_of_each_account_is_the_same_step_by_step_and_at_once(
    tmp_path_factory, history
):
    home = Home(tmp_path_factory.mktemp("world"))
    ids: list[int] = []
    for number, batch in enumerate(history, start=1):
        arrive(home, number, batch, ids)
        # Every other time on a new day, which alone changes windows.
        now = NOON + timedelta(days=number // 2)
        refresh(home, now, packages=CARD)
    step_by_step = relations(home, CARD)

    (home.lake / "manifest.json").unlink()
    refresh(home, now, packages=CARD)

    assert relations(home, CARD) == step_by_step

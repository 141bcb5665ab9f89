"""What stands for all accounts together as of a time is remembered only while it stays the same."""

from datetime import timedelta

import pytest
from lake_worlds import append_rows, at, event_row

from tenure.base.home import Home
from tenure.lake.narrowing import Only
from tenure.lake.reading import reading

HEADER = """-- everybody: x.
--
-- Grain    one row
-- Reads    event
-- Params   $today date
-- Columns  events  bigint
--          today   date
-- Refresh  full
-- Rule     x

select count(*) as events, $today::date as today from event
"""
THEN = at("2025-03-10")


@pytest.fixture
def packages(tmp_path, monkeypatch):
    return ("tenure.lake", package(tmp_path, monkeypatch, "of_all_probe", everybody=HEADER))


def package(tmp_path, monkeypatch, name: str, **files: str) -> str:
    folder = tmp_path / name
    (folder / "sql").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    for file, text in files.items():
        (folder / "sql" / f"{file}.sql").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def used(id: str, when: str, **more: object) -> dict:
    return event_row(id, at(when), account_key="acme", **more)


def counted(home: Home, packages: tuple[str, ...], as_of=THEN) -> list[dict]:
    """Asked of one account, and the same asked of all."""
    with reading(home, as_of, packages=packages, only=Only(accounts=["acme"])) as reader:
        one = reader.relation("everybody").to_pylist()
    with reading(home, as_of, packages=packages) as reader:
        assert reader.relation("everybody").to_pylist() == one
    return [row["events"] for row in one]


def test_the_next_question_about_the_same_time_gets_the_same_answer(home, packages):
    append_rows(home, 1, [used("a", "2025-03-01"), used("b", "2025-03-12")])

    assert counted(home, packages) == counted(home, packages) == [1]


def test_what_was_known_then_and_arrives_later_counts(home, packages):
    append_rows(home, 1, [used("a", "2025-03-01")])
    assert counted(home, packages) == [1]

    append_rows(home, 2, [used("late", "2025-03-02", received_at=at("2025-05-01"))])

    assert counted(home, packages) == [2]


def test_what_happened_in_a_later_month_changes_nothing(home, packages):
    append_rows(home, 1, [used("a", "2025-03-01")])
    assert counted(home, packages) == [1]

    append_rows(home, 2, [used("b", "2025-04-02")])

    assert counted(home, packages) == [1]
    assert counted(home, packages, at("2025-04-03")) == [2]


def test_another_time_is_another_answer(home, packages):
    append_rows(home, 1, [used("a", "2025-03-01"), used("b", "2025-03-05")])

    told = [counted(home, packages, THEN - timedelta(days=days)) for days in (0, 6, 10, 0)]

    assert told == [[2], [1], [0], [2]]


DAY = """-- busy_day: x.
--
-- Grain    one row per day
-- Reads    event
-- Params   none
-- Columns  day     date
--          events  bigint
-- Refresh  by day
-- Rule     x

select (occurred_at at time zone 'UTC')::date as day, count(*) as events from event group by 1
"""
LATELY = """-- lately: x.
--
-- Grain    one row
-- Reads    busy_day
-- Params   $today date
-- Columns  events  bigint
--          kept    bigint
-- Refresh  full
-- Window   10 days
-- Rule     x

select
    coalesce(sum(case when day > $today - 10 then events end), 0)::bigint as events,
    count(*) as kept,
from busy_day
"""


def test_a_window_leaves_older_days_unread_for_that_relation_alone(home, tmp_path, monkeypatch):
    probe = package(tmp_path, monkeypatch, "window_probe", busy_day=DAY, lately=LATELY)
    packages = ("tenure.lake", probe)
    days = ["2025-01-01", "2025-03-01", "2025-03-09", "2025-03-10", "2025-03-11"]
    append_rows(home, 1, [used(f"e{n}", day) for n, day in enumerate(days)])

    for _ in range(2):  # the second time it is remembered
        with reading(home, THEN, packages=packages, only=Only(accounts=["acme"])) as reader:
            [row] = reader.relation("lately").to_pylist()
            every = reader.relation("busy_day").to_pylist()
        assert row == {"events": 3, "kept": 3}
        assert len(every) == 4

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
    folder = tmp_path / "of_all_probe"
    (folder / "sql").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "sql" / "everybody.sql").write_text(HEADER)
    monkeypatch.syspath_prepend(tmp_path)
    return ("tenure.lake", "of_all_probe")


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

"""A new day makes again only of whom a date comes, where a header says until when what it says
holds; and the rows are those of making everything anew.
"""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_worlds import append_rows, at, event_row, relations

from tenure.base.errors import BadDefinition
from tenure.base.home import Home
from tenure.kit.sql_file import Until, read_sql_file
from tenure.lake.refresh import refresh

BEGIN = at("2025-03-01")
HEADER = """-- {0}: x.
--
-- Grain    one row per account
-- Reads    event_day
-- Params   $today date
-- Columns  account_id  varchar
--          days        bigint
-- Refresh  by account
-- Holds    {1}
-- Rule     x

"""
WEEK = """select
    account_id,
    count(distinct day) as days,
from event_day
where account_id is not null
  and day > $today - 7
  and day <= $today
group by account_id
"""
UNTIL = "until event_day.day, event_day.day + 7"


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("holds")
    (folder / "holding_probe" / "sql").mkdir(parents=True)
    (folder / "holding_probe" / "__init__.py").write_text("")
    text = HEADER.format("week", UNTIL) + WEEK
    (folder / "holding_probe" / "sql" / "week.sql").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield ("tenure.lake", "tenure.collect", "holding_probe")


def used(number: int, account: str) -> dict:
    when = BEGIN + timedelta(days=number)
    return event_row(f"{account}{number}", when, account_key=account, name="opened")


def on(number: int) -> datetime:
    return BEGIN + timedelta(days=number)


def test_only_those_are_made_again_of_whom_a_date_comes(home, packages):
    append_rows(home, 1, [used(1, "acme"), used(4, "acme"), used(4, "beta"), used(5, "gone")])
    refresh(home, on(6), packages=packages)

    assert refresh(home, on(7), packages=packages).relations["week"] == "kept"
    made = refresh(home, on(8), packages=packages)

    assert made.relations["week"] == "1 accounts"
    assert made.changed_accounts == {"acme"}
    assert relations(home, packages)["week"] == [("acme", 1), ("beta", 1), ("gone", 1)]


def test_whoever_has_no_row_left_is_gone_on_the_day_it_ends(home, packages):
    append_rows(home, 1, [used(1, "acme"), used(4, "beta")])
    refresh(home, on(5), packages=packages)

    made = refresh(home, on(8), packages=packages)

    assert made.changed_accounts == {"acme"}
    assert relations(home, packages)["week"] == [("beta", 1)]


def test_the_day_that_was_made_is_the_day_that_the_next_one_counts_from(home, packages):
    append_rows(home, 1, [used(1, "acme"), used(2, "beta")])
    for number in (7, 8, 9):
        refresh(home, on(number), packages=packages)

    assert relations(home, packages)["week"] == []


def test_a_day_that_goes_back_makes_everything_again(home, packages):
    append_rows(home, 1, [used(1, "acme"), used(2, "beta")])
    refresh(home, on(9), packages=packages)

    made = refresh(home, on(3), packages=packages)

    assert made.relations["week"] == "whole"
    assert relations(home, packages)["week"] == [("acme", 1), ("beta", 1)]


steps = st.tuples(
    st.integers(0, 12),  # days on the way
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc")), max_size=4),  # days back, who
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(steps, min_size=2, max_size=5))
def test_refreshing_on_some_days_gives_what_one_refresh_gives(tmp_path_factory, packages, history):
    step_by_step, at_once = (Home(tmp_path_factory.mktemp(name)) for name in ("steps", "once"))
    today = 10
    for batch, (days, uses) in enumerate(history, start=1):
        today += days
        rows = [
            event_row(f"{batch}-{i}", on(today - back), account_key=account, name="opened")
            for i, (back, account) in enumerate(uses)
        ]
        for each in (step_by_step, at_once):
            append_rows(each, batch, rows)
        refresh(step_by_step, on(today), packages=packages)
    refresh(at_once, on(today), packages=packages)

    assert relations(step_by_step, packages) == relations(at_once, packages)


@pytest.mark.parametrize(
    ("holds", "said"),
    [
        ("event_day.day + 7", "write `until relation.column"),
        ("until day + 7", "write `until relation.column"),
        ("until event_day.day - 7", "write `until relation.column"),
    ],
)
def test_a_header_that_does_not_say_until_when_is_refused(holds, said):
    with pytest.raises(BadDefinition) as refused:
        read_sql_file("probe", "week", HEADER.format("week", holds) + WEEK)

    assert said in str(refused.value)


def test_only_what_names_today_holds_until_a_day():
    read = read_sql_file("probe", "week", HEADER.format("week", UNTIL) + WEEK)
    without = HEADER.format("week", UNTIL).replace("$today date", "none")

    assert read.holds_until == (Until("event_day", "day"), Until("event_day", "day", 7))
    with pytest.raises(BadDefinition, match="Holds: only by account, of what names"):
        read_sql_file("probe", "week", without + WEEK)

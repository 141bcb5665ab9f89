"""A question reads no more of the relations than it needs, and is told the same."""

from dataclasses import replace

import pytest

from tenure.base.errors import BadDefinition
from tenure.kit.sql_file import SqlFile, read_sql_file
from tenure.lake.asked import asked_for, key_of
from tenure.lake.engine import Engine
from tenure.lake.given import Given


def relation(name: str, reads: str, columns: str, statement: str, header: str = "") -> SqlFile:
    grain = "one row per account" if "account_id" in columns else "one row"
    listed = "\n--          ".join(columns.split(", "))
    text = (
        f"-- {name}: x.\n--\n-- Grain    {grain}\n-- Reads    {reads}\n-- Params   $today date\n"
        f"-- Columns  {listed}\n{header or '-- Refresh  with the card'}\n-- Rule     x\n\n{statement}\n"
    )
    return read_sql_file("probe", name, text)


SPENT = relation(
    "spent", "billing_fact", "account_id varchar, amount_minor bigint, facts bigint",
    "select account_key as account_id, sum(amount_minor)::bigint as amount_minor,\n"
    "count(distinct fact_key) as facts from billing_fact\n"
    "where effective_at < $today group by account_key",
)  # fmt: skip
SEEN = relation(
    "seen", "event", "account_id varchar, events bigint",
    "select account_key as account_id, count(*) as events from event group by account_key",
)  # fmt: skip
CARD = relation(
    "card", "spent, seen",
    "account_id varchar, amount_minor bigint, facts bigint, events bigint, is_new boolean",
    "with\n\nasked as (\n    select * from spent\n)\n\n"
    "select asked.account_id, asked.amount_minor, asked.facts, seen.events,\n"
    "asked.amount_minor > 5 as is_new from asked\n"
    "left join seen\n    on seen.account_id = asked.account_id",
)  # fmt: skip
DERIVED = {each.name: each for each in (SPENT, SEEN, CARD)}


def asked(home, wanted: dict[str, list[str]], **others: SqlFile) -> dict[str, SqlFile]:
    return asked_for(wanted, DERIVED | others, Given(home, {}))


def names(sql: SqlFile) -> list[str]:
    return [column.name for column in sql.columns]


def test_what_adds_no_column_that_is_asked_for_is_not_read(home):
    found = asked(home, {"card": ["is_new"]})

    assert list(found) == ["spent", "card"]
    assert found["card"].reads == ("spent",) and names(found["card"]) == ["account_id", "is_new"]
    assert names(found["spent"]) == ["account_id", "amount_minor"]
    assert "fact_key" not in found["spent"].text


def test_what_is_asked_for_is_read_with_all_that_it_is_made_from(home):
    found = asked(home, {"card": ["events", "facts"]})

    assert list(found) == ["spent", "seen", "card"]
    assert names(found["spent"]) == ["account_id", "facts"]
    assert found["spent"].params == {"today": "date"} and found["seen"].params == {}


def test_a_join_that_leaves_rows_out_stays_though_no_column_of_it_is_asked_for(home):
    inner = replace(CARD, text=CARD.text.replace("left join", "join"))

    assert list(asked(home, {"card": ["is_new"]}, card=inner)) == ["spent", "seen", "card"]


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("on seen.account_id = asked.account_id", "on seen.events = asked.amount_minor"),
        ("on seen.account_id = asked.account_id", "on seen.account_id < asked.account_id"),
        ("on seen.account_id = asked.account_id", "on seen.account_id = asked.account_id where seen.events > 1"),
    ],
)  # fmt: skip
def test_a_join_that_may_add_rows_or_decides_about_them_stays(home, said, instead):
    other = replace(CARD, text=CARD.text.replace(said, instead))

    assert "seen" in asked(home, {"card": ["is_new"]}, card=other)


def test_two_joins_that_are_not_asked_for_are_both_left_out(home):
    more = CARD.text + "left join seen as again\n    on again.account_id = asked.account_id\n"

    found = asked(home, {"card": ["facts"]}, card=replace(CARD, text=more))

    assert list(found) == ["spent", "card"]
    assert "again" not in found["card"].text and "left join" not in found["card"].text.lower()


def test_less_says_the_same(home):
    home.lake.mkdir(parents=True)
    engine = Engine(home.lake)
    engine.create_table("spent", "select * from (values ('a', 9, 2), ('b', 3, 1)) as s(account_id, amount_minor, facts)", {})  # fmt: skip # noqa: E501
    engine.create_table("seen", "select 'a' as account_id, 7 as events", {})
    for columns in (["is_new"], ["facts", "events"], ["amount_minor"]):
        less = asked(home, {"card": columns})["card"]
        listed = ", ".join(["account_id", *columns])
        whole = engine.rows(f"select {listed} from ({CARD.text}) order by 1")
        assert engine.rows(f"select {listed} from ({less.text}) order by 1") == whole
        assert len(whole) == 2
    engine.close()


def test_a_row_that_merges_keeps_its_key_and_a_sum(home):
    joined = relation(
        "joined", "by_day",
        "account_id varchar, person_id varchar, first_on date, days bigint, events bigint",
        "select account_id, person_id, min(day) as first_on, count(distinct day) as days,\n"
        "sum(events)::bigint as events from by_day group by account_id, person_id",
        "-- Refresh  by account\n-- Merge    first_on min, days sum, events sum",
    )  # fmt: skip
    by_day = relation(
        "by_day", "event", "account_id varchar, person_id varchar, day date, events bigint",
        "select account_key as account_id, user_id as person_id, $today as day, 1 as events from event",
        "-- Refresh  by day",
    )  # fmt: skip

    found = asked(home, {"joined": ["first_on"]}, joined=joined, by_day=by_day)

    assert names(found["joined"]) == ["account_id", "person_id", "first_on", "events"]
    assert found["joined"].merges == (("first_on", "min"), ("events", "sum"))
    assert found["by_day"] == by_day


@pytest.mark.parametrize(
    ("grain", "key"),
    [
        ("one row per (account_id, events) that was seen", ("account_id", "events")),
        ("one row per account that was seen", ("account_id",)),
        ("one row per known account", ("account_id",)),
        ("one row per account and day", ()),
        ("one row per (account_id, name)", ()),  # there is no such column
        ("one row per event", ()),
    ],
)
def test_the_grain_says_what_no_two_rows_have_the_same(grain, key):
    assert key_of(replace(SEEN, grain=grain)) == key


def test_a_relation_that_nobody_knows_is_refused_by_name(home):
    with pytest.raises(BadDefinition, match="'nobody' is none of the relations"):
        asked(home, {"nobody": []})

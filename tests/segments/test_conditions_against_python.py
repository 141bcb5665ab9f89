"""DuckDB's answer to a random condition is that of an evaluation by hand; garbage is refused."""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from oracles.condition_by_hand import holds
from segments.condition_texts import EVENT_NAMES, HOSTILE, conditions, days, rows_of
from segments.segment_worlds import (
    ACCOUNTS,
    COLUMNS,
    PEOPLE,
    PERSON_COLUMNS,
    TODAY,
    ZONE,
    tables,
)
from tenure.segments.asking import count, members
from tenure.segments.bad_condition import BadCondition
from tenure.segments.condition import read_condition
from tenure.segments.vocabulary import Vocabulary
from tenure.segments.why import why

# `TENURE_FUZZ=20 pytest ...` tries twenty times as many.
TIMES = int(os.environ.get("TENURE_FUZZ", "1"))
FLOATS = frozenset(name for name, column in COLUMNS.items() if column.type == "double")
CONDITIONS = 8  # to each world
quiet = settings(
    max_examples=130 * TIMES,
    deadline=None,
    # A failing condition is short enough to read; making it shorter takes minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with tables(tmp_path_factory.mktemp("lake")) as found:
        yield found


uses = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(EVENT_NAMES), days, st.integers(1, 5)), max_size=8
)
catalogues = st.sets(st.sampled_from(sorted(COLUMNS)), min_size=3).map(
    lambda names: {name: COLUMNS[name] for name in sorted(names)}
)


@quiet
@given(data=st.data(), columns=catalogues, used=uses)
def test_who_is_in_is_the_same_worked_out_by_hand(world, data, columns, used):
    rows = data.draw(st.lists(rows_of(columns), min_size=1, max_size=4))
    accounts = [{**row, "account_id": f"a{n}"} for n, row in enumerate(rows)]
    world.accounts(accounts, columns)
    world.uses([(f"a{n}", "p", event, day, times) for n, event, day, times in used])

    for _ in range(CONDITIONS):
        text = data.draw(conditions(Vocabulary("account", columns)))
        read = read_condition(text, vocabulary=Vocabulary("account", columns))
        expected = {
            row["account_id"]: holds(
                text, row, [],
                [(event, day, times) for who, event, day, times in used if who == n],
                TODAY, ZONE, FLOATS,
            )
            for n, row in enumerate(accounts)
        }  # fmt: skip

        assert set(members(world, read)["subject_id"].to_pylist()) == {
            account for account, found in expected.items() if found
        }, text
        assert count(world, read) == sum(found is True for found in expected.values())
        first = accounts[0]["account_id"]
        assert why(world, read, first).holds is expected[first]


def accounts_of(person, accounts, belongs):
    """Those that they belong to, else the one that they use most."""
    own = {account for who, account in belongs if who == person["person_id"]}
    wanted = own or {person["account_id"]}
    return [row for row in accounts if row["account_id"] in wanted]


@quiet
@given(data=st.data(), used=uses)
def test_people_are_asked_with_each_of_their_accounts(world, data, used):
    accounts = [
        {**row, "account_id": f"a{n}"}
        for n, row in enumerate(data.draw(st.lists(rows_of(COLUMNS), max_size=3)))
    ]
    people = [
        {**row, "person_id": f"p{n}", "account_id": data.draw(st.sampled_from([None, "a0", "a9"]))}
        for n, row in enumerate(data.draw(st.lists(rows_of(PERSON_COLUMNS), min_size=1, max_size=3)))
    ]  # fmt: skip
    ids = [row["account_id"] for row in accounts]
    pairs = [(person["person_id"], account) for person in people for account in ids]
    belongs = data.draw(st.sets(st.sampled_from(pairs)) if pairs else st.just(set()))
    world.accounts(accounts)
    world.people(people, sorted(belongs))
    world.uses([("a0", f"p{n}", event, day, times) for n, event, day, times in used])

    for _ in range(CONDITIONS):
        text = data.draw(conditions(PEOPLE))
        read = read_condition(text, vocabulary=PEOPLE)
        expected = {
            person["person_id"]
            for n, person in enumerate(people)
            if holds(
                text, person,
                accounts_of(person, accounts, belongs),
                [(event, day, times) for who, event, day, times in used if who == n],
                TODAY, ZONE, FLOATS,
            )
        }  # fmt: skip

        found = members(world, read)["subject_id"].to_pylist()
        assert sorted(found) == sorted(expected), text


garbage = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(HOSTILE) | st.text(max_size=6), max_size=6).map(" ".join),
    st.builds(
        lambda text, at, bad: text[: at % (len(text) + 1)] + bad + text[at % (len(text) + 1) :],
        conditions(ACCOUNTS), st.integers(0, 200), st.sampled_from(HOSTILE) | st.text(max_size=4),
    ),
)  # fmt: skip


@settings(quiet, max_examples=1000 * TIMES)
@given(text=garbage)
def test_garbage_is_refused_with_its_place_or_asked_harmlessly(world, text):
    world.accounts([{"account_id": "a0", "plan": "Pro"}])
    world.uses([])
    try:
        read = read_condition(text, vocabulary=ACCOUNTS)
    except BadCondition as error:
        place = error.position
        assert error.message
        assert 0 <= place.start <= len(text)
        assert place.line >= 1
        assert place.column >= 1
        assert place.length >= 1
        return

    assert count(world, read) in (0, 1)
    assert world.engine.rows("select account_id from account_card") == [("a0",)]


@pytest.mark.parametrize("text", [text for text in HOSTILE if text != "true"])
def test_hostile_words_alone_are_refused(text):
    for attempt in (text, f"plan = {text}", f"mrr_minor > 1 {text}", f"did({text}, 3) > 1"):
        with pytest.raises(BadCondition):
            read_condition(attempt, vocabulary=ACCOUNTS)

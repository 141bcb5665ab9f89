"""Morning after morning, each following from the last, says what reading each from nothing says."""

import tempfile
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from card.card_worlds import live
from card.known_worlds import DAYS, START, KnownWorld, lake_of, worlds
from tenure.base.home import Home
from tenure.card.catalogue import account_columns, person_columns
from tenure.lake.known_ahead import ALL_HELD_MOST
from tenure.lake.reading import derived_relations, reading, sql_packages
from tenure.lake.successive import successive

pytestmark = pytest.mark.django_db
STEPS = st.lists(st.sampled_from((1, 1, 1, 2, 9, 41)), min_size=2, max_size=3)


def topics() -> dict[str, list[str]]:
    """What cards are put together from, with the columns of each."""
    columns = [*account_columns().values(), *person_columns().values()]
    names = {column.sql for column in columns if column.sql} | {"account_known", "person_known"}
    derived = derived_relations(sql_packages(None))
    return {name: [column.name for column in derived[name].columns] for name in sorted(names)}


def some_of(topics: dict[str, list[str]], chance: Random) -> dict[str, list[str]]:
    """Of most topics some columns, of one in four all."""
    return {
        name: [each for each in columns if keeps or chance.random() < 0.3] or columns[:1]
        for name, columns in topics.items()
        for keeps in [chance.random() < 0.25]
    }


def from_nothing(home: Home, as_of, wanted: dict[str, list[str]]) -> dict[str, list[tuple]]:
    with reading(home, as_of, threads=1) as reader:
        return {
            name: [
                tuple(row[each] for each in columns) for row in reader.relation(name).to_pylist()
            ]
            for name, columns in wanted.items()
        }


def unordered(rows: list[tuple]) -> list[str]:
    """Rows without their order; instants by what they are, whichever object says UTC."""
    return sorted(repr([value.isoformat() if hasattr(value, "isoformat") else value for value in row])
                  for row in rows)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.integers(20, DAYS), STEPS, st.randoms(use_true_random=False))
def test_each_morning_is_as_if_it_were_read_alone(
    world: KnownWorld, first: int, steps: list[int], chance: Random
):
    wanted = some_of(topics(), chance)
    held = chance.choice((0, ALL_HELD_MOST))  # days long past are read from files, or are held
    with tempfile.TemporaryDirectory() as folder:
        home = lake_of(world, Path(folder, "whole"))
        at = START + timedelta(days=first, hours=3)
        with successive(home, wanted, all_held_most=held) as past:
            past.bring_to(at)
            for days in steps:
                at += timedelta(days=days)
                past.bring_to(at)
                alone = from_nothing(home, at, wanted)
                for name, columns in wanted.items():
                    found = unordered(past.rows(name, columns))
                    assert found == unordered(alone[name]), f"{name} at {at}"


def test_a_relation_that_was_not_asked_for_catches_up_with_all_that_passed(home) -> None:
    live(home, "day 1  track  ada @acme   Report Exported\n", "")
    live(home, "day 9  track  bob @beta   Report Exported\n", "")
    with successive(home, {"account_known": [], "card_use": ["last_seen_on"]}) as past:
        for day in (2, 5, 30):
            past.bring_to(START + timedelta(days=day))
            past.rows("account_known", ["account_id"])
        late = sorted(past.rows("card_use", ["account_id", "last_seen_on"]))
    wanted = {"card_use": ["account_id", "last_seen_on"]}
    alone = from_nothing(home, START + timedelta(days=30), wanted)
    assert late == sorted(alone["card_use"]) and len(late) == 2

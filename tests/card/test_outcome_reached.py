"""An outcome is reached on the first day in whose last days each of its events came."""

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tenure.kit.sql_file import load
from tenure.lake.engine import Engine

FIRST = date(2026, 3, 1)
EVENTS = "abc"
OUTCOMES = {"both": {"a": 3, "b": 5}, "all": {"a": 2, "b": 2, "c": 7}, "one": {"c": 1}}

days_done = st.dictionaries(st.sampled_from(EVENTS), st.sets(st.integers(0, 25), max_size=8))


def by_hand(done: dict[str, set[int]]) -> dict[str, date]:
    """Each day is asked of each event, whether it came within so many days."""
    found: dict[str, date] = {}
    for outcome, asked in OUTCOMES.items():
        for day in range(40):
            last = {event: range(day - within + 1, day + 1) for event, within in asked.items()}
            if all(done.get(event, set()) & set(last[event]) for event in asked):
                found[outcome] = FIRST + timedelta(days=day)
                break
    return found


def by_sql(worlds: list[dict[str, set[int]]]) -> list[dict[str, date]]:
    """What `outcome_reached` says of accounts that did these; each event by two people."""
    rows = [
        {"account_id": str(place), "person_id": who, "type": "track", "name": name,
         "day": FIRST + timedelta(days=day)}
        for place, done in enumerate(worlds)
        for name, days in done.items() for day in days for who in ("x", "y")
    ]  # fmt: skip
    asked = [
        {"outcome": outcome, "event": event, "within_days": within}
        for outcome, events in OUTCOMES.items()
        for event, within in events.items()
    ]
    kinds = [(name, pa.string()) for name in ("account_id", "person_id", "type", "name")]
    engine = Engine(Path("."), threads=1)
    try:
        schema = pa.schema([*kinds, ("day", pa.date32())])
        engine.register("event_day", pa.Table.from_pylist(rows, schema))
        engine.register("product_outcome", pa.Table.from_pylist(asked))
        found: list[dict[str, date]] = [{} for _ in worlds]
        for account_id, outcome, day in engine.rows(load("tenure.card", "outcome_reached").text):
            found[int(account_id)][outcome] = day
        return found
    finally:
        engine.close()


@settings(max_examples=20, deadline=None)
@given(st.lists(days_done, min_size=1, max_size=20))
@example([{"a": {1, 4}, "b": {6}}])  # the one stretch begins where the other ends
@example([{"a": {0, 3}, "b": {5}}, {"a": {0, 2, 4}, "b": {5}, "c": {0}}])
def test_it_is_reached_when_all_its_events_hold_it_up(worlds: list[dict[str, set[int]]]):
    assert by_sql(worlds) == [by_hand(done) for done in worlds]

"""What the lake's tests send: events with an id, and the ids that came out at the other end."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from tenure.base.home import Home
from tenure.lake.inbox import Arrival
from tenure.lake.rejects import RejectedRow
from tenure.lake.rows import pack_events, pack_facts
from tenure.lake.tables import open_table

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)


def event(message_id: str, **columns: object) -> dict:
    return {
        "message_id": message_id,
        "type": "track",
        "name": "report_exported",
        "occurred_at": NOON - timedelta(minutes=5),
        "known_at": NOON,
        "user_id": "ann",
        **columns,
    }


def fact(message_id: str, **columns: object) -> dict:
    return {
        "message_id": message_id,
        "fact_key": f"sub_{message_id}/start",
        "kind": "start",
        "account_key": "acme",
        "effective_at": NOON,
        "known_at": NOON,
        **columns,
    }


def arrival_of(
    rows: Sequence[dict], *, source: str = "web", received_at: datetime = NOON
) -> Arrival:
    return Arrival("rows", source, received_at, pack_events(rows), {})


def arrival_of_facts(rows: Sequence[dict], *, source: str = "billing") -> Arrival:
    return Arrival("rows", source, NOON, pack_facts(rows), {})


def arrivals_of(ids: Iterable[str]) -> list[Arrival]:
    """One arrival for each id, with one event in it."""
    return [arrival_of([event(each)]) for each in ids]


def lake_rows(home: Home, name: str = "event") -> pa.Table:
    return open_table(home, name).to_pyarrow_table()


def lake_ids(home: Home, name: str = "event") -> list[str]:
    """Every message id in the lake, sorted, as often as it is there."""
    return sorted(lake_rows(home, name)["message_id"].to_pylist())


class Crash(BaseException):
    """The process is gone: nothing after this line runs."""


class Rejects:
    """A reject sink that keeps one row for each (batch, position)."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], RejectedRow] = {}

    def __call__(self, batch: int, rows: list[RejectedRow]) -> None:
        self.rows |= {(batch, row.position): row for row in rows}

    def __iter__(self):
        return iter(self.rows.values())

"""Lakes for tests: rows written straight into the base tables, and the relations read back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa

from tenure.base.home import Home
from tenure.kit.sql_file import SqlFile, load
from tenure.lake import tables
from tenure.lake.reading import Reader, derived_relations, reading
from tenure.lake.schema import BILLING_FACT, EVENT

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
PACKAGES = ("tenure.lake", "tenure.collect", "tenure.measure")
# Relations of every kind, reading one another in every way: see probe/sql.
PROBES = ("tenure.lake", "tenure.collect", "probe")


def at(text: str) -> datetime:
    """`2025-03-01` or `2025-03-01 14:30`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def event_row(message_id: str, occurred_at: datetime, **more: object) -> dict:
    row = {
        "message_id": message_id,
        "source": "web",
        "type": "track",
        "name": "opened",
        "occurred_at": occurred_at,
        "known_at": occurred_at,
        "received_at": occurred_at,
        "properties": "{}",
        "context": "{}",
        "occurred_month": f"{occurred_at:%Y-%m}",
    }
    return row | more


def fact_row(fact_key: str, account_key: str, effective_at: datetime, **more: object) -> dict:
    row = {
        "message_id": f"{fact_key}@{more.get('received_at', effective_at)}",
        "source": "billing",
        "fact_key": fact_key,
        "is_void": False,
        "kind": "start",
        "account_key": account_key,
        "subscription_id": f"sub_{fact_key}",
        "version_key": "v1",
        "effective_at": effective_at,
        "known_at": effective_at,
        "received_at": effective_at,
        "status": "active",
        "plan": "Pro",
        "billing_interval": "month",
        "billing_interval_count": 1,
        "quantity": 1,
        "amount_minor": 1000,
        "mrr_minor": 1000,
        "currency": "USD",
        "attributes": "{}",
    }
    return row | more


def append_rows(
    home: Home, batch: int, events: Sequence[Mapping] = (), facts: Sequence[Mapping] = ()
) -> None:
    """Put rows into the base tables as one shipping batch."""
    for name, rows, schema in (("event", events, EVENT), ("billing_fact", facts, BILLING_FACT)):
        if rows:
            stamped = [{**row, "batch": batch} for row in rows]
            table = tables.open_table(home, name)
            tables.append(table, pa.Table.from_pylist(stamped, schema=schema))


def relation_file(name: str) -> SqlFile:
    """The SQL file of a derived relation, or of one that the lake keeps."""
    derived = derived_relations(PACKAGES)
    return derived[name] if name in derived else load("tenure.lake", name)


def _rows_of(reader: Reader, sql: SqlFile) -> list[tuple]:
    """All rows of a relation, in one order, whatever made them."""
    reader._views.need([sql.name])
    columns = ", ".join(column.name for column in sql.columns)
    return sorted(reader._engine.rows(f"select {columns} from {sql.name}"), key=repr)


def relations(
    home: Home, packages: Sequence[str] = PACKAGES, **how: object
) -> dict[str, list[tuple]]:
    """Every derived relation as a reader sees it."""
    with reading(home, packages=packages, **how) as reader:
        return {
            name: _rows_of(reader, sql) for name, sql in derived_relations(tuple(packages)).items()
        }

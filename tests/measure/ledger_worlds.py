"""Small worlds of billing facts drawn as text, and a reader over them.

ada  s1  2025-01-10  2025-03-01  10            account, subscription, from, until, MRR in units
bob  s2  2025-01-05  -           20  plan=pro  `-` runs on; further words are columns
"""

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tenure.base.money import monthly_minor
from tenure.lake.engine import Engine, Source, duckdb_columns
from tenure.lake.reading import Reader, derived_relations
from tenure.lake.relations import STORED
from tenure.lake.views import Views

PACKAGES = ("tenure.collect", "tenure.measure")
_FACT_COLUMNS = set(STORED["billing_fact"].names)


def day(text: str) -> date | None:
    return None if text == "-" else date.fromisoformat(text)


def at(when: str | date | datetime) -> datetime:
    """Midnight of a day, or an instant written out, in UTC."""
    if isinstance(when, datetime):
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    if isinstance(when, date):
        return datetime(when.year, when.month, when.day, tzinfo=UTC)
    return at(datetime.fromisoformat(when))


def fact(kind: str, account: str, effective_at: str | date | datetime, **columns) -> dict:
    """One billing fact; what is not a column of the table goes into its attributes."""
    attributes = {name: columns.pop(name) for name in list(columns) if name not in _FACT_COLUMNS}
    effective = at(effective_at)
    key = "/".join(
        str(part)
        for part in (
            account, columns.get("subscription_id"), columns.get("version_key"), kind, effective,
        )
    )  # fmt: skip
    row = {
        "message_id": key,
        "source": "billing",
        "fact_key": key,
        "is_void": False,
        "kind": kind,
        "account_key": account,
        "effective_at": effective,
        "known_at": effective,
        "received_at": effective,
        "attributes": json.dumps(attributes),
        "source_ref": f"facts.csv:{key}",
        "batch": 1,
        **columns,
    }
    for name in ("known_at", "ends_at", "received_at"):
        if row.get(name) is not None:
            row[name] = at(row[name])
    return row


def spells(drawing: str) -> list[dict]:
    """The facts of subscriptions drawn one a line; money in whole units becomes minor ones."""
    facts = []
    for number, line in enumerate(drawing.strip().splitlines()):
        account, subscription, starts, ends, units, *more = line.split()
        columns: dict[str, object] = dict(word.split("=") for word in more)
        columns.setdefault("currency", "USD")
        if "quantity" in columns:
            columns["quantity"] = int(columns["quantity"])
        version = f"v{number}"
        mrr = None if units == "-" else monthly(units)
        facts.append(
            fact(
                "start", account, starts, subscription_id=subscription, version_key=version,
                mrr_minor=mrr, **{"status": "active", **columns},
            )
        )  # fmt: skip
        if ends != "-":
            facts.append(
                fact("end", account, ends, subscription_id=subscription, version_key=version)
            )
    return facts


def monthly(price: str) -> int:
    """`120/year` and `300/3month` as minor units a month."""
    amount, _, interval = price.partition("/")
    count = int("".join(filter(str.isdigit, interval)) or 1)
    unit = interval.lstrip("0123456789") or "month"
    return monthly_minor(round(float(amount) * 100), unit, count)


def traits(account: str, when: str = "2024-01-01", **values) -> dict:
    """A group event that says so of an account."""
    return event("group", None, when, account_key=account, properties=values)


def rate(from_: str, to: str, value: float, when: str) -> dict:
    """A metric event that gives an exchange rate."""
    properties = {"from": from_, "to": to, "value": value}
    return event("metric", "fx_rate", when, properties=properties)


def event(kind: str, name: str | None, when: str, *, properties: dict, **columns) -> dict:
    return {
        "message_id": f"{kind}/{name}/{when}/{columns.get('account_key')}/{json.dumps(properties)}",
        "source": "billing",
        "type": kind,
        "name": name,
        "occurred_at": at(when),
        "known_at": at(when),
        "received_at": at(when),
        "properties": json.dumps(properties),
        "context": "{}",
        "batch": 1,
        "occurred_month": when[:7],
        **columns,
    }


def link(raw_id: str, canonical_id: str, when: str = "2024-01-01") -> dict:
    return {
        "kind": "account",
        "raw_id": raw_id,
        "canonical_id": canonical_id,
        "changed_at": at(when),
        "is_gone": False,
        "snapshot": 1,
    }


@contextmanager
def world(
    facts: Iterable[dict] = (),
    events: Iterable[dict] = (),
    links: Iterable[dict] = (),
    *,
    time_zone: str = "UTC",
    as_of: datetime | None = None,
) -> Iterator[Reader]:
    """A reader over these rows alone, its derived relations computed by their own SQL."""
    stored = {"billing_fact": facts, "event": events, "identity_link": links}
    with tempfile.TemporaryDirectory() as folder:
        sources = {name: _source(Path(folder), name, list(stored.get(name, ()))) for name in STORED}
        engine = Engine(Path(folder), threads=1)
        standing = {"time_zone": time_zone, "currency": "USD"}
        derived = derived_relations(PACKAGES)
        views = Views(engine, sources.__getitem__, lambda sql: None, derived, standing, as_of=as_of)
        try:
            yield Reader(engine, views, standing, None)
        finally:
            engine.close()


def _source(folder: Path, name: str, rows: list[dict]) -> Source:
    columns = duckdb_columns(STORED[name])
    if not rows:
        return Source((), columns)
    nulls = dict.fromkeys(STORED[name].names)
    table = pa.Table.from_pylist([{**nulls, **row} for row in rows], schema=STORED[name])
    path = folder / f"{name}.parquet"
    pq.write_table(table, path)
    return Source((str(path),), columns)


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]

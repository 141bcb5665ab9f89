"""Rows on their way to the lake as the lake itself writes them: packing, and the decoder `rows`.

A body is one tag byte and a payload: `E` events or `F` billing facts as msgpack, `e` and `f` the
same as an Arrow IPC stream.
"""

import io
from collections.abc import Sequence
from datetime import datetime

import msgspec
import pyarrow as pa

from tenure.lake.decoding import EVENT_ROWS, FACT_ROWS, ROWS, Decoded
from tenure.lake.inbox import Arrival
from tenure.lake.rejects import RejectedRow

KIND = "rows"

_DEFAULTS: dict[str, object] = {
    "properties": "{}",
    "context": "{}",
    "attributes": "{}",
    "is_void": False,
}
_BY_TAG = {b"E": "event", b"e": "event", b"F": "billing_fact", b"f": "billing_fact"}
# What Arrow raises for a value of another type.
_MISFITS = (pa.ArrowException, TypeError, ValueError, OverflowError)


def pack_events(rows: Sequence[dict]) -> bytes:
    """A body of events; keys are columns of EVENT, missing ones null, datetimes aware.

    `properties` and `context` are JSON text and `{}` when missing; `source` and `received_at` are
    the arrival's when missing. Raises ValueError for an unknown column or a naive datetime.
    """
    return b"E" + _packed(rows, EVENT_ROWS)


def pack_facts(rows: Sequence[dict]) -> bytes:
    """A body of billing facts, as `pack_events`; `attributes` and `is_void` may be missing."""
    return b"F" + _packed(rows, FACT_ROWS)


def pack_event_table(table: pa.Table) -> bytes:
    """A body of events from Arrow, for millions of rows: some 100,000 in each arrival."""
    return b"e" + _stream(table, EVENT_ROWS)


def pack_fact_table(table: pa.Table) -> bytes:
    """A body of billing facts from Arrow."""
    return b"f" + _stream(table, FACT_ROWS)


def decode_rows(arrivals: Sequence[Arrival]) -> Decoded:
    """The decoder of kind `rows`. A row that does not fit its columns is rejected by itself."""
    rejected: list[RejectedRow] = []
    tables: dict[str, list[pa.Table]] = {"event": [], "billing_fact": []}
    # Columns of many small bodies are built in one go: Arrow's cost is by column, not by row.
    rows: dict[str, list[dict]] = {"event": [], "billing_fact": []}
    for arrival in arrivals:
        tag, payload = arrival.body[:1], arrival.body[1:]
        if tag not in _BY_TAG:
            raise ValueError(f"a body of kind rows starts with one of E, F, e, f, not {tag!r}")
        name = _BY_TAG[tag]
        if tag in b"ef":
            tables[name].append(_unstreamed(payload, ROWS[name], arrival))
        else:
            rows[name] += _filled_rows(msgspec.msgpack.decode(payload), arrival)
    for name, some in rows.items():
        if some:
            tables[name].append(_from_rows(some, ROWS[name], rejected))
    return Decoded(_joined(tables["event"]), _joined(tables["billing_fact"]), rejected)


def _packed(rows: Sequence[dict], schema: pa.Schema) -> bytes:
    allowed = frozenset(schema.names)
    for row in rows:
        if not row.keys() <= allowed:
            unknown = ", ".join(sorted(row.keys() - allowed))
            raise ValueError(f"{unknown}: no such column; use {', '.join(schema.names)}")
        for name, value in row.items():
            if isinstance(value, datetime) and value.tzinfo is None:
                raise ValueError(f"{name} = {value} has no time zone; give it one")
    return msgspec.msgpack.encode(rows)


def _stream(table: pa.Table, schema: pa.Schema) -> bytes:
    if unknown := sorted(set(table.column_names) - set(schema.names)):
        raise ValueError(f"{', '.join(unknown)}: no such column; use {', '.join(schema.names)}")
    # A column that is not nullable may still be absent here: it is filled in on arrival.
    wanted = pa.schema(
        [
            schema.field(name).with_nullable(True)
            for name in schema.names
            if name in table.schema.names
        ]
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, wanted) as writer:
        writer.write_table(table.select(wanted.names).cast(wanted))
    return sink.getvalue()


def _filled(name: str, arrival: Arrival) -> object:
    if name == "source":
        return arrival.source
    if name == "received_at":
        return arrival.received_at
    return _DEFAULTS.get(name)


def _unstreamed(payload: bytes, schema: pa.Schema, arrival: Arrival) -> pa.Table:
    with pa.ipc.open_stream(payload) as reader:
        table = reader.read_all()
    columns = []
    for field in schema:
        default = _filled(field.name, arrival)
        if field.name not in table.column_names:
            columns.append(pa.repeat(pa.scalar(default, field.type), len(table)))
            continue
        column = table[field.name]
        if default is not None and column.null_count:
            column = column.fill_null(pa.scalar(default, field.type))
        columns.append(column)
    return pa.table(columns, names=schema.names)


def _filled_rows(rows: list[dict], arrival: Arrival) -> list[dict]:
    for row in rows:
        if row.get("source") is None:
            row["source"] = arrival.source
        if row.get("received_at") is None:
            row["received_at"] = arrival.received_at
    return rows


def _from_rows(rows: list[dict], schema: pa.Schema, rejected: list[RejectedRow]) -> pa.Table:
    try:
        return _columns(rows, schema)
    except _MISFITS:
        pass
    good = []
    for row in rows:
        problem = _misfit(row, schema)
        if problem is None:
            good.append(row)
            continue
        name, why = problem
        rejected.append(
            RejectedRow(
                position=len(rejected),
                code="wrong_type",
                field=name,
                value=str(row[name]),
                remedy=f"{name} must be {schema.field(name).type} ({why}); mend it and replay it",
                raw=msgspec.json.encode(row).decode(),
                source=str(row["source"]),
                source_ref=str(row.get("source_ref") or ""),
                received_at=row["received_at"]
                if isinstance(row["received_at"], datetime)
                else None,
            )
        )
    return _columns(good, schema)


def _columns(rows: list[dict], schema: pa.Schema) -> pa.Table:
    columns = []
    for field in schema:
        values = [row.get(field.name) for row in rows]
        default = _DEFAULTS.get(field.name)
        if default is not None:
            values = [default if value is None else value for value in values]
        columns.append(pa.array(values, type=field.type))
    return pa.table(columns, names=schema.names)


def _misfit(row: dict, schema: pa.Schema) -> tuple[str, str] | None:
    """The first column whose value does not fit, and why."""
    for field in schema:
        try:
            pa.array([row.get(field.name)], type=field.type)
        except _MISFITS as error:
            return field.name, str(error)
    return None


def _joined(tables: list[pa.Table]) -> pa.Table | None:
    return pa.concat_tables(tables) if tables else None

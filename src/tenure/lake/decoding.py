"""What a batch of arrivals says: rows of the two tables, and what was refused, with reasons."""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from tenure.base.errors import InvalidInput
from tenure.lake.inbox import Arrival
from tenure.lake.rejects import RejectedRow
from tenure.lake.schema import BILLING_FACT, EVENT, INSTANT, TABLES

# What the shipper adds is not for a decoder to say.
_SHIPPED = ("batch", "occurred_month")
EVENT_ROWS = pa.schema([each for each in EVENT if each.name not in _SHIPPED])
FACT_ROWS = pa.schema([each for each in BILLING_FACT if each.name not in _SHIPPED])
ROWS = {"event": EVENT_ROWS, "billing_fact": FACT_ROWS}
assert ROWS.keys() == TABLES.keys()

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a decoder made of some arrivals."""

    events: pa.Table | None  # EVENT without `batch` and `occurred_month`
    billing_facts: pa.Table | None  # BILLING_FACT without `batch`
    rejected: list[RejectedRow]


# Pure: the same arrivals decode to the same rows, today and after a crash.
Decoder = Callable[[Sequence[Arrival]], Decoded]
# (batch, rows). The same position of the same batch may come again, and is then the same row.
RejectSink = Callable[[int, list[RejectedRow]], None]


def decode_all(arrivals: Sequence[Arrival], decoders: Mapping[str, Decoder]) -> Decoded:
    """Rows that the tables can take, in order of arrival by kind, and every refused one.

    An arrival on which its decoder fails is refused alone, with its body; its neighbours go on.
    Positions of refused rows are numbered through the whole batch.
    """
    by_kind: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        by_kind.setdefault(arrival.kind, []).append(arrival)
    parts: list[Decoded] = []
    for kind, same_kind in sorted(by_kind.items()):
        decoder = decoders.get(kind)
        if decoder is None:
            remedy = f"nothing here decodes {kind!r}; upgrade Tenure, then replay it"
            parts += [_refused(each, "unknown_kind", remedy) for each in same_kind]
        else:
            parts += _decoded(decoder, same_kind)
    rejected = [row for part in parts for row in part.rejected]
    events = _checked("event", [part.events for part in parts], rejected)
    facts = _checked("billing_fact", [part.billing_facts for part in parts], rejected)
    return Decoded(events, facts, [_storable(row, i) for i, row in enumerate(rejected)])


def _storable(row: RejectedRow, position: int) -> RejectedRow:
    """The same row with its place in the batch, and without NULs: PostgreSQL refuses them."""
    texts = {
        field.name: value.replace("\0", "\\u0000")
        for field in fields(row)
        if isinstance(value := getattr(row, field.name), str)
    }
    return replace(row, position=position, **texts)


def _decoded(decoder: Decoder, arrivals: list[Arrival]) -> list[Decoded]:
    """One part when all is well; else halves of it, down to the one arrival that fails."""
    try:
        return [_fitted(decoder(arrivals))]
    except MemoryError:
        raise
    # A decoder's own mistake must stop neither the shipper nor the arrivals beside it.
    except Exception as error:
        if len(arrivals) > 1:
            middle = len(arrivals) // 2
            return [
                *_decoded(decoder, arrivals[:middle]),
                *_decoded(decoder, arrivals[middle:]),
            ]
        why = error.message if isinstance(error, InvalidInput) else repr(error)
        remedy = f"the body cannot be decoded: {why}; mend it, or upgrade Tenure, and replay it"
        return [_refused(arrivals[0], "undecodable", remedy)]


def _refused(arrival: Arrival, code: str, remedy: str) -> Decoded:
    try:
        raw = arrival.body.decode()
    except UnicodeDecodeError:
        raw = "base64:" + base64.b64encode(arrival.body).decode()
    row = RejectedRow(
        position=0,
        code=code,
        field="body",
        value=raw[:80],
        remedy=remedy,
        raw=raw,
        source=arrival.source,
        received_at=arrival.received_at,
    )
    return Decoded(None, None, [row])


def _fitted(decoded: Decoded) -> Decoded:
    """The same with exactly the columns of the tables. Raises when they are others."""
    return Decoded(
        _with_schema(decoded.events, EVENT_ROWS),
        _with_schema(decoded.billing_facts, FACT_ROWS),
        decoded.rejected,
    )


def _with_schema(table: pa.Table | None, schema: pa.Schema) -> pa.Table | None:
    if table is None or not len(table):
        return None
    if not table.schema.equals(schema):
        nullable = pa.schema([field.with_nullable(True) for field in schema])
        table = table.select(schema.names).cast(nullable)
    # Text that is not UTF-8 would be found out later, where it stops everything.
    table.validate(full=True)
    return table


def _checked(
    name: str, tables: Sequence[pa.Table | None], rejected: list[RejectedRow]
) -> pa.Table | None:
    """All rows that `name` can take; the others go to `rejected`."""
    present = [table for table in tables if table is not None]
    if not present:
        return None
    schema = ROWS[name]
    nullable = pa.schema([field.with_nullable(True) for field in schema])
    rows = pa.concat_tables([table.cast(nullable) for table in present]).combine_chunks()
    good = pa.chunked_array([pa.repeat(pa.scalar(True), len(rows))])
    for code, field, remedy, ok in _rules(name, schema, rows):
        if pc.all(ok).as_py():
            continue
        for i in pc.indices_nonzero(pc.and_(good, pc.invert(ok))).to_pylist():
            rejected.append(_refused_row(rows, i, code, field, remedy))
        good = pc.and_(good, ok)
    if not pc.all(good).as_py():
        rows = rows.filter(good)
    return rows.cast(schema) if len(rows) else None


def _rules(name: str, schema: pa.Schema, rows: pa.Table) -> Iterator[tuple]:
    """(code, field, remedy, mask of rows that keep it), in the order in which they are told."""
    for field in schema:
        column = rows[field.name]
        if not field.nullable:
            yield "missing", field.name, "is required; fill it in", pc.is_valid(column)
        if field.type == INSTANT:
            # Arrow can hold it, but nobody who reads it could write it down.
            remedy = "lies outside the years 1 to 9999; correct the date"
            yield "out_of_range", field.name, remedy, _between(column, _FIRST, _LAST)
    named = pc.fill_null(pc.not_equal(rows["message_id"], ""), True)
    yield "missing", "message_id", "is required; fill it in", named
    if name != "event":
        return
    # Each month is a folder of the lake: one wild clock must not make thousands of them.
    occurred_at = rows["occurred_at"]
    remedy = "lies before 1970; correct the date"
    yield "out_of_range", "occurred_at", remedy, _between(occurred_at, _EARLIEST, _LAST)
    latest = pc.add(rows["received_at"], pa.scalar(_AHEAD, pa.duration("us")))
    remedy = "lies more than a day after it was received; correct the date or the clock"
    in_time = pc.fill_null(pc.less_equal(occurred_at, latest), True)
    yield "in_the_future", "occurred_at", remedy, in_time


def _between(column: pa.ChunkedArray, first: datetime, last: datetime) -> pa.ChunkedArray:
    after = pc.greater_equal(column, pa.scalar(first, INSTANT))
    before = pc.less_equal(column, pa.scalar(last, INSTANT))
    return pc.fill_null(pc.and_(after, before), True)


def _refused_row(rows: pa.Table, i: int, code: str, field: str, remedy: str) -> RejectedRow:
    # As text, because Python has no word for some instants that are refused for just that.
    row = {
        name: (column.cast(pa.string()) if column.type == INSTANT else column)[0].as_py()
        for name, column in zip(rows.column_names, rows.slice(i, 1).columns, strict=True)
    }
    return RejectedRow(
        position=0,
        code=code,
        field=field,
        value="" if row[field] is None else str(row[field]),
        remedy=f"{field} {remedy}",
        raw=msgspec.json.encode(row).decode(),
        source=row["source"] or "",
        source_ref=row["source_ref"] or "",
        received_at=_instant(rows["received_at"][i]),
    )


def _instant(value: pa.TimestampScalar) -> datetime | None:
    try:
        return value.as_py()
    except (OverflowError, ValueError):
        return None

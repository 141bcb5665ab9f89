"""Rows of decoded events as one Arrow table, column by column."""

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from tenure.lake.decoding import EVENT_ROWS
from tenure.lake.schema import INSTANT


class EventRow(NamedTuple):
    """One event, its fields in the order of the table's columns. Instants in microseconds."""

    message_id: str
    source: str
    type: str
    name: str | None
    occurred_at: int
    known_at: int
    received_at: int
    sent_at: int | None
    original_at: int | None
    user_id: str | None
    anonymous_id: str | None
    previous_id: str | None
    account_key: str | None
    properties: bytes  # JSON
    context: bytes  # JSON
    source_ref: str | None = None
    corrects: str | None = None


assert EventRow._fields == tuple(EVENT_ROWS.names)


def event_table(rows: Sequence[EventRow]) -> pa.Table | None:
    """All rows as a table of the lake's columns; None for none."""
    if not rows:
        return None
    columns = [
        # Integers become instants without a copy; datetimes would cost a microsecond each.
        pa.array(values, pa.int64()).cast(INSTANT)
        if field.type == INSTANT
        else pa.array(values, field.type)
        for field, values in zip(EVENT_ROWS, zip(*rows, strict=True), strict=True)
    ]
    return pa.table(columns, schema=EVENT_ROWS)

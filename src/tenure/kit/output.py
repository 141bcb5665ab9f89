"""Rows on a stream, as a table for people or as CSV, JSON or Parquet for programs."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import IO, Literal, get_args

from tenure.base.errors import BadUsage

Format = Literal["table", "csv", "json", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)
Row = Mapping[str, object]


def print_rows(
    rows: Iterable[Row], columns: Sequence[str], fmt: str, stream: IO[str] | None = None
) -> None:
    """Rows on `stream` (standard output), each with exactly `columns`, in this order.

    A table rounds fractions to four places and shows `-` for nothing; the others say exactly what
    is there: null in JSON and Parquet, an empty field in CSV. Raises BadUsage for a wrong format.
    """
    stream = stream or sys.stdout
    if fmt not in FORMATS:
        raise BadUsage(f"{fmt!r} is not a format; use {', '.join(FORMATS)}", field="format")
    picked = [{column: row[column] for column in columns} for row in rows]
    {"table": _table, "csv": _csv, "json": _json, "parquet": _parquet}[fmt](picked, columns, stream)


def _table(rows: list[dict], columns: Sequence[str], stream: IO[str]) -> None:
    if not rows:
        return
    cells = [[_for_people(row[column]) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    numbers = [
        all(isinstance(row[column], int | float | None) for row in rows) for column in columns
    ]
    for line in [list(columns), *cells]:
        aligned = [
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(line, widths, numbers, strict=True)
        ]
        stream.write("  ".join(aligned).rstrip() + "\n")


def _for_people(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}"
    return " ".join(str(_plain(value)).split())


def _csv(rows: list[dict], columns: Sequence[str], stream: IO[str]) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        values = [_plain(row[column]) for column in columns]
        writer.writerow(["" if value is None else _flat(value) for value in values])


def _json(rows: list[dict], columns: Sequence[str], stream: IO[str]) -> None:
    """A list with one object a line, so that it reads well and also streams through grep."""
    lines = [json.dumps(row, default=_plain, ensure_ascii=False) for row in rows]
    stream.write("[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n")


def print_json(row: Row, stream: IO[str] | None = None) -> None:
    """One row on `stream` (standard output) as a JSON object, a field a line."""
    stream = stream or sys.stdout
    stream.write(json.dumps(row, default=_plain, ensure_ascii=False, indent=1) + "\n")


def _parquet(rows: list[dict], columns: Sequence[str], stream: IO[str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if stream.isatty():
        raise BadUsage("Parquet is not for a screen; send it to a file: `> rows.parquet`")
    table = pa.table({column: [row[column] for row in rows] for column in columns})
    stream.flush()
    pq.write_table(table, stream.buffer)


def _plain(value: object) -> object:
    """Dates and instants as ISO text; whatever else JSON and CSV know as it is."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def _flat(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    is_nested = isinstance(value, dict | list)
    return json.dumps(value, default=_plain, ensure_ascii=False) if is_nested else value

"""Rejected rows as a file to mend: written with their own columns, read back with their places.

Two layouts are read: the one written here, a column for each of the row's own columns beside
`tenure_file`, `tenure_line`, `tenure_reject` and `tenure_problem`; and that of `tenure rejects list
--format csv`, where the whole row stands in `raw`.
"""

import csv
import json
from collections.abc import Iterable
from typing import IO

import pyarrow as pa

from tenure.collect.files.map_model import LISTED_COLUMNS, PROBLEM_COLUMN, REJECT_COLUMNS
from tenure.collect.models import RejectedRow

Texts = list[str | None]


def write_rejected_rows(rows: Iterable[RejectedRow], stream: IO[str]) -> int:
    """How many rows of imports went to `stream` as CSV; lines that were no row are left out."""
    kept = [(row, fields) for row in rows if (fields := _fields(row)) is not None]
    columns = list(dict.fromkeys(name for _, fields in kept for name in fields))
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*REJECT_COLUMNS, PROBLEM_COLUMN, *columns])
    for row, fields in kept:
        file, _, line = row.source_ref.rpartition(":")
        problem = f"{row.field}: {row.remedy}" if row.field else row.remedy
        values = [fields.get(name, "") for name in columns]
        writer.writerow([file, line, row.pk, problem, *values])
    return len(kept)


def _fields(row: RejectedRow) -> dict[str, str] | None:
    try:
        fields = json.loads(row.raw)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and fields else None


def rejected_rows(texts: pa.Table) -> tuple[pa.Table, Texts, Texts, Texts]:
    """The rows' own columns, and the file, line and rejected row's id that each belongs to."""
    if set(REJECT_COLUMNS) <= set(texts.column_names):
        files, lines, ids = (texts[name].to_pylist() for name in REJECT_COLUMNS)
        steering = {*REJECT_COLUMNS, PROBLEM_COLUMN}
        own = [name for name in texts.column_names if name not in steering]
        return texts.select(own), files, lines, ids
    ids, refs, raws = (texts[name].to_pylist() for name in LISTED_COLUMNS)
    places = [(ref or "").rpartition(":") for ref in refs]
    rows = [_read_raw(raw) for raw in raws]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = [pa.array([row.get(name) for row in rows], pa.string()) for name in names]
    data = pa.table(columns, names=list(names)) if names else texts.select([])
    return data, [file for file, _, _ in places], [line for _, _, line in places], ids


def _read_raw(raw: str | None) -> dict[str, str | None]:
    """A row's own columns; none when `raw` is no JSON object, so that it is refused once more."""
    try:
        row = json.loads(raw or "")
    except ValueError:
        return {}
    if not isinstance(row, dict):
        return {}
    return {name: value if value is None else str(value) for name, value in row.items()}


def without_empty(texts: pa.Table) -> pa.Table:
    """Without the columns in which nothing stands: those are other files'."""
    kept = [
        name
        for name in texts.column_names
        if any(value not in (None, "") for value in texts[name].to_pylist())
    ]
    return texts.select(kept)

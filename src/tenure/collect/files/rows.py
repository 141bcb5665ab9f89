"""Rows of CSV, JSON lines and Parquet, gzipped or not, as texts with the line each stood on.

A line that cannot be read as a row is handed on as a `BadLine`; the rest of the file goes on.
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TextIO

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tenure.base.errors import InvalidInput
from tenure.collect.files.map_model import CsvFormat

CHUNK_ROWS = 50_000
FIELD_LIMIT_BYTES = 16 * 1024 * 1024
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no row: why, and what it read."""

    line: int
    code: str
    value: str
    remedy: str
    raw: str


@dataclass(frozen=True, slots=True)
class RowChunk:
    """Some rows in a row: a column of texts for each of the file's columns, null where absent."""

    lines: pa.Array  # (n,) int64, the first line of each row, counted from 1
    texts: pa.Table  # (n) rows of strings, columns in the order of the file
    bad: list[BadLine] = field(default_factory=list)

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(self.texts.column_names)


def row_format(path: Path) -> str:
    """`csv`, `jsonl` or `parquet`, by the name without `.gz`."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".jsonl", ".ndjson", ".json")):
        return "jsonl"
    return "parquet" if name.endswith(".parquet") else "csv"


def read_rows(
    path: Path, layout: CsvFormat, progress: Progress = lambda bytes_read: None
) -> Iterator[RowChunk]:
    """The rows of `path` in chunks, at least one; `progress` is told bytes read from the disk.

    Raises InvalidInput when the file as a whole cannot be read.
    """
    readers = {"csv": _read_csv, "jsonl": _read_json_lines, "parquet": _read_parquet}
    try:
        with path.open("rb") as raw:
            yield from readers[row_format(path)](path, raw, layout, progress)
    except (OSError, EOFError, gzip.BadGzipFile, pa.ArrowInvalid) as error:
        raise InvalidInput(
            f"{path.name}: the file cannot be read ({error}); make it anew and import it again"
        ) from error


def _opened(path: Path, raw: BinaryIO) -> BinaryIO:
    starts = raw.read(2)
    raw.seek(0)
    # By content, not by name: a download may have unpacked the file and kept its name.
    return gzip.GzipFile(fileobj=raw) if starts == b"\x1f\x8b" else raw  # type: ignore[return-value]


def _read_csv(
    path: Path, raw: BinaryIO, layout: CsvFormat, progress: Progress
) -> Iterator[RowChunk]:
    text = io.TextIOWrapper(
        _opened(path, raw), layout.encoding, errors="surrogateescape", newline=""
    )
    try:
        yield from _csv_chunks(path, raw, text, layout, progress)
    finally:
        text.detach()  # closing `raw` is its opener's


def _csv_chunks(
    path: Path, raw: BinaryIO, text: TextIO, layout: CsvFormat, progress: Progress
) -> Iterator[RowChunk]:
    csv.field_size_limit(FIELD_LIMIT_BYTES)
    quoting = csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE
    reader = csv.reader(
        text, delimiter=layout.delimiter, quotechar=layout.quote or None, quoting=quoting
    )
    header = layout.header or _header(path, next(reader, None), layout)
    yielded = False
    records: list[list[str]] = []
    lines: list[int] = []
    bad: list[BadLine] = []
    for line, record in _records(reader, bad):
        if len(record) == len(header):
            records.append(record)
            lines.append(line)
        elif record:
            bad.append(_wrong_width(line, record, header))
        if len(records) >= CHUNK_ROWS:
            yield _chunk(header, records, lines, bad, layout.encoding)
            yielded = True
            records, lines, bad = [], [], []
            progress(raw.tell())
    if records or bad or not yielded:
        yield _chunk(header, records, lines, bad, layout.encoding)
    progress(raw.tell())


def _records(reader: Iterator[list[str]], bad: list[BadLine]) -> Iterator[tuple[int, list[str]]]:
    """Each record with its first line. A field beyond the limit costs that record only."""
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            remedy = f"{error}; a quote may be missing here: close it, or set csv.quote in the map"
            bad.append(BadLine(line, "unreadable_line", "", remedy, ""))
            yield line, []


def _header(path: Path, names: list[str] | None, layout: CsvFormat) -> tuple[str, ...]:
    if not names:
        raise InvalidInput(f"{path.name}: the file is empty; its first line should name columns")
    if not all(_is_text(name) for name in names):
        raise InvalidInput(
            f"{path.name}: its first line is not {layout.encoding}; "
            "set csv.encoding in the map, as latin-1 or utf-16"
        )
    header = tuple(name.strip() or f"column_{number}" for number, name in enumerate(names, start=1))
    for name in header:
        if header.count(name) > 1:
            raise InvalidInput(
                f"{path.name}: its first line names the column {name!r} twice; rename one of them"
            )
    return header


def _wrong_width(line: int, record: list[str], header: tuple[str, ...]) -> BadLine:
    raw = dict(zip(header, record, strict=False))
    if len(record) > len(header):
        raw["tenure_more"] = json.dumps(record[len(header) :], ensure_ascii=False)
    remedy = (
        f"the line has {len(record)} fields and the first line {len(header)}; "
        "add what is missing, or put a field that holds the delimiter in quotes"
    )
    return BadLine(line, "wrong_width", str(len(record)), remedy, as_raw(raw))


def as_raw(row: dict[str, str | None]) -> str:
    """A row as it is kept when it is rejected: a JSON object of its columns' texts."""
    clean = {
        name: value.encode("utf-8", "replace").decode("utf-8")
        for name, value in row.items()
        if value is not None
    }
    return json.dumps(clean, ensure_ascii=False)


def _chunk(
    header: tuple[str, ...],
    records: list[list[str]],
    lines: list[int],
    bad: list[BadLine],
    encoding: str,
) -> RowChunk:
    try:
        return RowChunk(pa.array(lines, pa.int64()), _texts(header, records), bad)
    except UnicodeEncodeError:
        kept, kept_lines = [], []
        for line, record in zip(lines, records, strict=True):
            if all(_is_text(value) for value in record):
                kept.append(record)
                kept_lines.append(line)
            else:
                raw = dict(zip(header, record, strict=True))
                remedy = f"the line is not {encoding}; set csv.encoding in the map, as latin-1"
                bad.append(BadLine(line, "wrong_encoding", "", remedy, as_raw(raw)))
        return RowChunk(pa.array(kept_lines, pa.int64()), _texts(header, kept), bad)


def _texts(header: tuple[str, ...], records: list[list[str]]) -> pa.Table:
    columns = zip(*records, strict=True) if records else [[] for _ in header]
    return pa.table([pa.array(column, pa.string()) for column in columns], names=list(header))


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _read_json_lines(
    path: Path, raw: BinaryIO, layout: CsvFormat, progress: Progress
) -> Iterator[RowChunk]:
    decode = msgspec.json.Decoder(float_hook=str).decode
    rows: list[dict[str, str | None]] = []
    lines: list[int] = []
    bad: list[BadLine] = []
    yielded = False
    for number, line in enumerate(_opened(path, raw), start=1):
        if not line.strip():
            continue
        try:
            value = decode(line)
            if not isinstance(value, dict):
                raise msgspec.DecodeError("it is no object")
            rows.append(_flat(value))
            lines.append(number)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            remedy = f"the line is not one JSON object ({error}); write one object on each line"
            text = line.decode("utf-8", "replace").strip()
            bad.append(BadLine(number, "not_json", text[:200], remedy, text))
        if len(rows) >= CHUNK_ROWS:
            yield _json_chunk(rows, lines, bad)
            yielded = True
            rows, lines, bad = [], [], []
            progress(raw.tell())
    if rows or bad or not yielded:
        yield _json_chunk(rows, lines, bad)
    progress(raw.tell())


def _json_chunk(rows: list[dict], lines: list[int], bad: list[BadLine]) -> RowChunk:
    names = dict.fromkeys(name for row in rows for name in row)
    columns = [pa.array([row.get(name) for row in rows], pa.string()) for name in names]
    return RowChunk(pa.array(lines, pa.int64()), pa.table(columns, names=list(names)), bad)


def _flat(value: dict, prefix: str = "") -> dict[str, str | None]:
    """An object as columns: what is inside another object is named `outer.inner`."""
    flat: dict[str, str | None] = {}
    for name, inner in value.items():
        if isinstance(inner, dict):
            flat.update(_flat(inner, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = _json_text(inner)
    return flat


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return msgspec.json.encode(value).decode() if isinstance(value, list) else str(value)


def _read_parquet(
    path: Path, raw: BinaryIO, layout: CsvFormat, progress: Progress
) -> Iterator[RowChunk]:
    file = pq.ParquetFile(raw)
    first = 1
    yielded = False
    for batch in file.iter_batches(CHUNK_ROWS):
        texts = pa.table([_as_texts(column) for column in batch.columns], batch.schema.names)
        lines = pa.array(range(first, first + batch.num_rows), pa.int64())
        yield RowChunk(lines, texts)
        yielded = True
        first += batch.num_rows
        progress(raw.tell())
    if not yielded:
        names = file.schema_arrow.names
        yield RowChunk(pa.array([], pa.int64()), _texts(tuple(names), []))


def _as_texts(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_texts(column.dictionary_decode())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        texts = [None if v is None else json.dumps(v, default=str) for v in column.to_pylist()]
        return pa.array(texts, pa.string())
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        column = pc.cast(column, pa.timestamp("us", "UTC"))
    return pc.cast(column, pa.string())

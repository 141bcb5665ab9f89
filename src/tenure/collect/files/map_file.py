"""Reading a map's text, and saying exactly what is wrong with it.

Messages read `map.toml: file[2].columns.end: what`, entries counted from 1.
"""

import codecs
import dataclasses
import difflib
import re
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

from tenure.base.errors import BadDefinition
from tenure.base.ids import digest
from tenure.collect.files.kinds import KINDS, NAMES, Kind
from tenure.collect.files.map_fields import check_date_formats, read_field
from tenure.collect.files.map_model import (
    CsvFormat,
    FieldMap,
    FileMap,
    Formats,
    ImportMap,
)
from tenure.collect.files.map_table import MapTable

_SLUG = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")
_CURRENCY = re.compile(r"^[A-Z]{3}$")
_ENDINGS = re.compile(r"(\.(csv|tsv|txt|jsonl|ndjson|json|parquet|gz))+$", re.IGNORECASE)


def load_map(path: Path, *, currency: str | None = None) -> ImportMap:
    """The map at `path`, checked. `currency` stands in where the map names none.

    Raises BadDefinition: `map.toml: where: what and what to do`.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise BadDefinition(f"{path}: there is no such map; docs/import.md shows one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadDefinition(f"{path}: cannot be read: {error}") from None
    return read_map(text, path.name, currency=currency)


def read_map(text: str, name: str, *, currency: str | None = None) -> ImportMap:
    """An ImportMap from TOML. Raises BadDefinition; see `load_map`."""
    try:
        table = MapTable(tomllib.loads(text), name, "")
    except tomllib.TOMLDecodeError as error:
        raise BadDefinition(f"{name}: this is not TOML: {error}") from None
    source = table.text("source")
    if not _SLUG.match(source):
        table.fail("source", f"{source!r} is no slug; use small letters, digits, - and _")
    title = table.text("title", source)
    zone = table.text("time_zone")
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        table.fail("time_zone", f"{zone!r} is no time zone; write one as Europe/Berlin or UTC")
    own_currency = table.text("currency", None)
    if own_currency is not None and not _CURRENCY.match(own_currency):
        table.fail("currency", f"{own_currency!r} is no ISO 4217 code; write one as EUR")
    mrr_from = table.choice("mrr_from", ("subscriptions", "invoice_lines"), "subscriptions")
    formats = _formats(table.table("formats"), Formats())
    csv = _csv(table.table("csv"), CsvFormat())
    entries = table.tables("file")
    if not entries:
        table.fail("file", "the map reads no file; add a [[file]] with match, kind and columns")
    currency = own_currency or currency
    files = tuple(
        _with_currency(_file(entry, number, csv, formats), currency)
        for number, entry in enumerate(entries, start=1)
    )
    table.finish()
    _check_ids(table, files)
    return ImportMap(
        path=name,
        text=text,
        digest=digest(text),
        source=source,
        title=title,
        time_zone=zone,
        currency=currency,
        mrr_from=mrr_from,
        files=files,
    )


def check_columns(
    import_map: ImportMap, entry: FileMap, file: str, header: tuple[str, ...]
) -> None:
    """Raise BadDefinition when `entry` names a column that `file` does not have."""
    for where, column in entry.named_columns():
        if column not in header:
            raise missing_column(f"{import_map.path}: {where}", column, file, header)


def missing_column(where: str, column: str, file: str, header: tuple[str, ...]) -> BadDefinition:
    """The error for a column that `file` lacks, with the columns it has and the likeliest."""
    shown = ", ".join(header[:12]) + (", ..." if len(header) > 12 else "")
    by_folded = {name.casefold(): name for name in header}
    near = difflib.get_close_matches(column.casefold(), by_folded, n=1, cutoff=0.5)
    hint = f"; did you mean {by_folded[near[0]]!r}?" if near else ""
    return BadDefinition(f"{where}: no column {column!r} in {file}; it has {shown}{hint}")


def _csv(table: MapTable, base: CsvFormat) -> CsvFormat:
    delimiter = table.text("delimiter", base.delimiter)
    quote = table.text("quote", base.quote)
    if len(delimiter) != 1 or delimiter in '\r\n"':
        table.fail("delimiter", f"{delimiter!r} is not one character; write ';' or '\\t'")
    if len(quote) > 1 or quote == delimiter:
        table.fail("quote", f"{quote!r} is not one character other than the delimiter")
    encoding = table.text("encoding", base.encoding)
    try:
        codecs.lookup(encoding)
    except LookupError:
        table.fail("encoding", f"{encoding!r} is no encoding; use utf-8, utf-8-sig or latin-1")
    header = table.texts("header", base.header)
    table.finish()
    return CsvFormat(delimiter, quote, encoding, header)


def _formats(table: MapTable, base: Formats) -> Formats:
    made = Formats(
        nulls=tuple(dict.fromkeys(("", *table.texts("nulls", base.nulls)))),
        dates=table.texts("dates", base.dates),
        decimal=table.choice("decimal", (".", ","), base.decimal),
        thousands=table.choice("thousands", ("", ".", ",", " ", "'"), base.thousands),
        true=tuple(word.lower() for word in table.texts("true", base.true)),
        false=tuple(word.lower() for word in table.texts("false", base.false)),
    )
    check_date_formats(table, "dates", made.dates)
    if made.decimal == made.thousands:
        table.fail("thousands", f"{made.thousands!r} is the decimal mark as well")
    for word in made.true:
        if word in made.false:
            table.fail("true", f"{word!r} means false as well")
    table.finish()
    return made


def _file(table: MapTable, number: int, csv: CsvFormat, formats: Formats) -> FileMap:
    match = table.text("match")
    kind = _kind(table)
    formats = _formats(table.table("formats"), formats)
    columns = table.table("columns")
    fields = {}
    for name in columns.names():
        if name not in kind.fields:
            columns.fail(
                name,
                f"{kind.name} has no such field; it has {', '.join(kind.fields)}"
                + columns.suggestion(name, kind.fields),
            )
        fields[name] = read_field(columns, name, kind.fields[name].type, formats)
    columns.finish()
    _check_fields(columns, kind, fields)
    made = FileMap(
        position=number,
        match=match,
        id=table.text("id", default_id(match, kind)),
        kind=kind,
        fields=fields,
        key=table.texts("key", ()),
        where=_conditions(table.table("where")),
        where_not=_conditions(table.table("where_not")),
        final_state=table.texts("final_state", ()),
        at_end=table.texts("at_end", ()),
        ignore=table.texts("ignore", ()),
        as_text=table.texts("as_text", ()),
        attributes=table.texts("attributes", None),
        csv=_csv(table.table("csv"), csv),
        formats=formats,
    )
    if made.at_end and not kind.second:
        table.fail("at_end", f"a row of kind {kind.name} has no end; use `final_state` or `ignore`")
    table.finish()
    return made


def _with_currency(entry: FileMap, currency: str | None) -> FileMap:
    """The entry with the map's currency where a row names none."""
    if "currency" not in entry.kind.fields or currency is None:
        return entry
    own = entry.fields.get("currency")
    if own is None:
        own = FieldMap("currency", value=currency, formats=entry.formats)
    elif own.default is None:
        own = dataclasses.replace(own, default=currency)
    return dataclasses.replace(entry, fields={**entry.fields, "currency": own})


def _kind(table: MapTable) -> Kind:
    name = table.choice("kind", NAMES)
    effect = table.choice("effect", ("", "pause"), "")
    if effect and name != "subscription":
        table.fail("effect", f"only a subscription can be paused, not a {name}")
    return KINDS[f"{name}:{effect}" if effect else name]


def _check_fields(table: MapTable, kind: Kind, fields: dict) -> None:
    for name, field in kind.fields.items():
        if field.required and name not in fields:
            table.fail(
                name, f"kind {kind.name} needs it ({field.words}); name the column it stands in"
            )
    if kind.one_of and not any(name in fields for name in kind.one_of):
        choices = ", ".join(kind.one_of)
        table.fail(kind.one_of[0], f"kind {kind.name} needs to say who: map one of {choices}")
    if "amount" in fields and "mrr" in fields:
        table.fail("mrr", "both amount and mrr are mapped; keep the one the source is sure of")
    if kind.name == "subscription" and "amount" in fields and "billing_interval" not in fields:
        table.fail("amount", 'an amount needs its billing_interval, as { value = "month" }')
    if kind.name == "invoice_line" and not {"ends_at", "billing_interval"} & fields.keys():
        table.fail("ends_at", "a service period needs an end or a billing_interval")


def _conditions(table: MapTable) -> dict[str, tuple[str, ...]]:
    found = {column: table.texts(column) for column in table.names()}
    table.finish()
    return found


def default_id(match: str, kind: Kind) -> str:
    """What an entry's rows are known by when it names no `id`: pattern's stem and kind."""
    stem = _ENDINGS.sub("", match.rsplit("/", 1)[-1].rstrip("*"))
    return f"{stem.strip('*?')}:{kind.parts.removesuffix('_parts')}"


def _check_ids(table: MapTable, files: tuple[FileMap, ...]) -> None:
    seen: dict[str, FileMap] = {}
    for entry in files:
        if entry.id in seen:
            table.fail(
                f"{entry.path}.id",
                f"{seen[entry.id].path} is known as {entry.id!r} as well; give this one an id",
            )
        seen[entry.id] = entry

"""What an import map says, as values. `map_file.py` reads them, docs/import.md describes them."""

import re
from dataclasses import dataclass, field

from tenure.collect.files.kinds import Kind

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
# Columns of an export of rejected rows; they steer the import and are no data.
REJECT_COLUMNS = ("tenure_file", "tenure_line", "tenure_reject")
PROBLEM_COLUMN = "tenure_problem"
# The columns that steer it in what `tenure rejects list --format csv` writes.
LISTED_COLUMNS = ("id", "source_ref", "raw")


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """How a delimited file is written. `header` names the columns of a file that has none."""

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8-sig"
    header: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Formats:
    """How values are written. `dates` empty means ISO 8601."""

    nulls: tuple[str, ...] = ("",)
    dates: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
    true: tuple[str, ...] = ("true", "t", "yes", "y", "1")
    false: tuple[str, ...] = ("false", "f", "no", "n", "0")


@dataclass(frozen=True, slots=True)
class Lookup:
    """A value of another file: `take` of the row there whose `equals` is `on` here."""

    file: str
    on: str
    equals: str
    take: str


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Where a field's text comes from (exactly one of the first four), and how it is written."""

    field: str
    column: str | None = None
    value: str | None = None
    template: str | None = None
    lookup: Lookup | None = None
    formats: Formats = field(default_factory=Formats)
    words: dict[str, str] = field(default_factory=dict)  # this text means that
    default: str | None = None  # when null
    unit: str = "whole"  # amounts: `whole` or `minor` units
    inclusive: bool = False  # an end that is the last day or second, not the first after it
    separator: str = ";"  # lists

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the row that this field is made from."""
        if self.lookup:
            return (self.lookup.on,)
        if self.template is not None:
            return tuple(PLACEHOLDER.findall(self.template))
        return (self.column,) if self.column is not None else ()


@dataclass(frozen=True, slots=True)
class FileMap:
    """One `[[file]]`: which files it reads, as what kind, and from which columns."""

    position: int
    match: str
    id: str
    kind: Kind
    fields: dict[str, FieldMap]
    key: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    where_not: dict[str, tuple[str, ...]] = field(default_factory=dict)
    final_state: tuple[str, ...] = ()
    at_end: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    as_text: tuple[str, ...] = ()
    attributes: tuple[str, ...] | None = None  # None: every column that nothing else uses
    csv: CsvFormat = field(default_factory=CsvFormat)
    formats: Formats = field(default_factory=Formats)

    @property
    def path(self) -> str:
        """How messages point at this entry."""
        return f"file[{self.position}]"

    @property
    def has_final(self) -> bool:
        """Whether its rows say something that is known only when they are imported."""
        fields = self.kind.fields
        return bool(self.final_state) or any(fields[name].is_final for name in self.fields)

    def named_columns(self) -> list[tuple[str, str]]:
        """(where in the map, column) of every column that the map names, in reading order."""
        named = [
            (f"{self.path}.columns.{name}", column)
            for name, source in self.fields.items()
            for column in source.columns
        ]
        for place in ("key", "where", "where_not", "final_state", "at_end", "ignore", "as_text"):
            named += [(f"{self.path}.{place}", column) for column in getattr(self, place)]
        named += [(f"{self.path}.attributes", column) for column in self.attributes or ()]
        return named

    def used_columns(self) -> set[str]:
        """Columns whose value stands in a field as it is, so it need not be kept once more."""
        return {source.column for source in self.fields.values() if source.column is not None}

    def extra_columns(self, header: tuple[str, ...]) -> tuple[str, ...]:
        """Columns kept as properties or attributes of the row's first part."""
        if self.attributes is not None:
            return tuple(column for column in header if column in self.attributes)
        left_out = self.used_columns() | {*self.ignore, *self.final_state, *self.at_end}
        return tuple(column for column in header if column not in left_out)


@dataclass(frozen=True, slots=True)
class ImportMap:
    """A whole map. `digest` stands for its text."""

    path: str
    text: str
    digest: str
    source: str
    title: str
    time_zone: str
    currency: str | None
    mrr_from: str
    files: tuple[FileMap, ...]

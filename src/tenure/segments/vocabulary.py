"""What a condition may name: columns of the card, and events that have been seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tenure.segments.tree import BOOLEAN, DATE, LIST, NUMBER, TEXT, ColumnName

ACCOUNT, PERSON = "account", "person"
OVER = (ACCOUNT, PERSON)
INSTANT = "timestamptz"
_WHOLE = ("bigint", "integer")
_TYPES = {
    "varchar": TEXT,
    "bigint": NUMBER,
    "integer": NUMBER,
    "double": NUMBER,
    "boolean": BOOLEAN,
    "date": DATE,
    INSTANT: DATE,
    "varchar[]": LIST,
}


class Column(Protocol):
    """What is asked of a column of the catalogue: its DuckDB type."""

    @property
    def type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a condition over accounts, or over people, may use.

    `events` is None where it is not known which have been seen; then none is warned of.
    """

    over: str
    columns: Mapping[str, Column]
    account_columns: Mapping[str, Column] = field(default_factory=dict)  # of a person's account
    events: frozenset[str] | None = None

    def named(self, name: str, of: str = "") -> tuple[ColumnName, str] | None:
        """The column of that name and the type it has in a condition; None if there is none."""
        column = (self.account_columns if of else self.columns).get(name)
        type_ = _TYPES.get(column.type) if column else None
        if column is None or type_ is None:
            return None
        return ColumnName(name, of, column.type == INSTANT, column.type in _WHOLE), type_

    def names(self) -> list[str]:
        """Every name a column can be called by, as it is written."""
        return [*self.columns, *(f"{ACCOUNT}.{name}" for name in self.account_columns)]

    def names_of_type(self, type_: str) -> list[str]:
        """Those of `names` that have this type."""
        own = [name for name, column in self.columns.items() if _TYPES.get(column.type) == type_]
        theirs = [
            f"{ACCOUNT}.{name}"
            for name, column in self.account_columns.items()
            if _TYPES.get(column.type) == type_
        ]
        return own + theirs

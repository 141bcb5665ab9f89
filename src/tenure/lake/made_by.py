"""What each derived relation is made from, and by what: the order in which they are made, and when
one of them has to be made anew.
"""

from collections.abc import Collection, Mapping

from tenure.base.errors import BadDefinition
from tenure.base.ids import digest
from tenure.kit.sql_file import SqlFile, load
from tenure.lake.given import Given
from tenure.lake.relations import STORED
from tenure.lake.snapshot import derived_table
from tenure.lake.views import ROW

# Raise it when stored rows have to be made again though no SQL file changed.
EDITION = "1"


def stored_reads(sql: SqlFile, derived: Mapping[str, SqlFile]) -> set[str]:
    """The stored relations that `sql` reads, by itself or through those that are never stored."""
    found: set[str] = set()
    for name in sql.reads:
        if name in derived and not derived[name].is_stored:
            found |= stored_reads(derived[name], derived)
        else:
            found.add(name.removesuffix(ROW))
    return found


def in_order(derived: Mapping[str, SqlFile], given: Collection[str] = ()) -> list[SqlFile]:
    """Derived relations, each after those that it reads.

    Raises BadDefinition when one reads an unknown relation, or itself in a circle.
    """
    ordered: dict[str, SqlFile] = {}

    def add(sql: SqlFile, path: tuple[str, ...]) -> None:
        if sql.name in path:
            circle = " -> ".join((*path, sql.name))
            raise BadDefinition(f"{sql.path}: reads itself: {circle}")
        for name in sql.reads:
            if name in derived:
                add(derived[name], (*path, sql.name))
            elif name.removesuffix(ROW) not in STORED and name not in given:
                known = ", ".join(sorted({*STORED, *derived, *given}))
                raise BadDefinition(f"{sql.path}: reads {name!r}, which is none of {known}")
        ordered[sql.name] = sql

    for sql in derived.values():
        add(sql, ())
    return list(ordered.values())


def made_by(
    derived: Mapping[str, SqlFile], params: Mapping[str, object], given: Given
) -> dict[str, str]:
    """What each relation was made by: its text, its parameters, the rows that it is given, and the
    same of what it reads.
    """
    stored = digest(*(load("tenure.lake", name).text for name in sorted(STORED)))
    read = {name for sql in derived.values() for name in sql.reads} - derived.keys() - {*STORED}
    rows = {name: given.digest(name) for name in given.among(sorted(read))}
    made: dict[str, str] = {}
    for sql in in_order(derived, rows):
        named = [name for name in sql.params if not _is_told_by_dates(sql, name)]
        settings = [f"{name}={params[name]}" for name in named]
        below = [made.get(name) or rows.get(name, "") for name in sql.reads]
        table = derived_table(sql)  # rows in another layout are not found where they were
        made[sql.name] = digest(EDITION, table, stored, sql.text, *settings, *filter(None, below))
    return made


def _is_told_by_dates(sql: SqlFile, param: str) -> bool:
    """Whether another value of this parameter is followed account by account: see `holding.py`."""
    return param == "today" and bool(sql.holds_until)

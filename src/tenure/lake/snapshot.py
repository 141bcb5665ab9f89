"""Which files make up a table at a version."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.kit.sql_file import SqlFile
from tenure.lake.tables import LOG, folder_of

DERIVED = "derived"
# Raise it when derived tables are cut into folders in another way.
LAYOUT = "2"


@dataclass(frozen=True, slots=True)
class TableFile:
    """One Parquet file of a table; `part` is the partition it lies in (nearly always a month), ""
    where there is none.
    """

    path: str
    rows: int
    part: str


def derived_table(sql: SqlFile) -> str:
    """The name under which a derived relation is stored: another layout is another table."""
    layout = [LAYOUT, *(f"{column.name} {column.type}" for column in sql.columns)]
    return f"{DERIVED}/{sql.name}/{digest(sql.refresh or '', *layout)[:12]}"


def newest_version(home: Home, table: str) -> int | None:
    """The version that was committed last; None while there is no such table."""
    try:
        return DeltaTable(folder_of(home, table)).version()
    except TableNotFoundError:
        return None


def files_at(home: Home, table: str, version: int) -> tuple[TableFile, ...]:
    """The files of `table` at `version`. Versions never change, so they are remembered.

    Raises DeltaError or FileNotFoundError when there is no such version any more.
    """
    folder = folder_of(home, table)
    try:
        entry = (folder / LOG / f"{version:020}.json").stat()
    except FileNotFoundError:  # cleaned away beside its checkpoint, or never there
        return _files_at.__wrapped__(folder, version, (0, 0))
    # A table that was removed and made again has the same version numbers, not the same entries.
    return _files_at(folder, version, (entry.st_ino, entry.st_mtime_ns))


@lru_cache(maxsize=512)
def _files_at(folder: Path, version: int, _entry: tuple[int, int]) -> tuple[TableFile, ...]:
    actions = DeltaTable(folder, version=version).get_add_actions(flatten=True)
    columns = {name: actions[name].to_pylist() for name in actions.schema.names}
    parts = next(
        (values for name, values in columns.items() if name.startswith("partition.")),
        [""] * len(columns["path"]),
    )
    return tuple(
        TableFile(str(folder / unquote(path)), rows, part or "")
        for path, rows, part in zip(columns["path"], columns["num_records"], parts, strict=True)
    )

"""DuckDB, in memory, locked down: it reads the lake's folder and nothing else.

It opens no file outside the lake, downloads no extension, and no statement can change that.
Days are cut by `at time zone $time_zone`, never by the session: that is always UTC.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from tenure.base.errors import Unavailable
from tenure.lake.lanes import LANES, Make, Planned, make_side_by_side

THREADS = 2
DEFAULT_MEMORY = "1GB"
SPILL = ".spill"
# Of an Arrow table that a statement gives: what reads it again reads so many in each thread.
ROWS_AT_ONCE = 25_000
# A row of `Source.recent` that says one thing: of this account there is nothing any more.
GONE = "refresh_is_gone"


@dataclass(frozen=True, slots=True)
class Source:
    """Rows in Parquet files, and the columns they have even when there are no files. What `recent`
    files say of an account stands in the place of all that the others say of it.
    """

    files: tuple[str, ...]
    columns: Mapping[str, str]  # name -> DuckDB type
    partitions: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()


class Engine:
    """A DuckDB connection on which relations are made by name and statements run. One that `varies`
    may be told to use other `threads`; nothing else can change on any.
    """

    def __init__(
        self,
        lake: Path,
        *,
        threads: int = THREADS,
        memory_limit: str = DEFAULT_MEMORY,
        varies: bool = False,
    ) -> None:
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "threads": threads,
                "memory_limit": memory_limit,
                "temp_directory": str(lake / SPILL),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
            },
        )
        for statement in (
            "set global timezone = 'UTC'",
            "set preserve_insertion_order = false",
            "set enable_progress_bar = false",  # it would stand among the data on stdout
            f"set allowed_directories = [{quoted(str(lake) + '/')}]",
            "set enable_external_access = false",
            # It would put tables in order that are read once or twice.
            "set checkpoint_threshold = '1TB'",
            f"set allowed_configs = [{quoted('threads') if varies else ''}]",
            "set lock_configuration = true",
        ):
            self._connection.execute(statement)
        self._beside = [self._connection.cursor() for _ in range(min(threads, LANES) - 1)]
        self._registered: dict[str, pa.Table] = {}

    def beside(self) -> "Engine":
        """A second connection to the same relations, to be closed before this one. A view that
        `hides` one of them hides it from that connection alone.
        """
        other = object.__new__(Engine)
        other._connection, other._beside, other._registered = self._connection.cursor(), [], {}
        return other

    def create_view(self, name: str, select: str, *, hides: bool = False) -> None:
        kind = "temporary view" if hides else "view"
        self._connection.execute(f"create or replace {kind} {name} as {select}")

    def create_table(self, name: str, select: str, params: Mapping[str, object]) -> None:
        """Make `name` from the rows of `select`, once, held in memory or spilled."""
        self._run(f"create or replace table {name} as {select}", params)

    def create_tables(self, planned: Sequence[Planned]) -> None:
        """Make them all, side by side where there are cores for it."""
        if len(planned) > 1:
            for cursor in self._beside:
                for name, rows in self._registered.items():
                    cursor.register(name, rows)
        lanes = [self._lane(connection) for connection in (self._connection, *self._beside)]
        make_side_by_side(planned, lanes)

    def use_threads(self, threads: int) -> None:
        """From now on a statement runs on so many cores, on an engine that `varies`. One, where
        several run side by side: cut in parts they take longer, and none is done sooner.
        """
        self._connection.execute(f"set threads = {threads}")

    def _lane(self, connection: duckdb.DuckDBPyConnection) -> Make:
        def make(each: Planned) -> None:
            with _memory_told():
                statement = f"create or replace table {each.name} as {each.select}"
                connection.execute(statement, dict(each.params))

        return make

    def register(self, name: str, rows: pa.Table) -> None:
        """Make `name` stand for Arrow rows."""
        self._connection.register(name, rows)
        self._registered[name] = rows

    def drop(self, name: str) -> None:
        """Forget a table made by `create_table`."""
        self._connection.execute(f"drop table if exists {name}")

    def rows(self, select: str, params: Mapping[str, object] | None = None) -> list[tuple]:
        """The rows of a statement as tuples; instants are aware, in UTC."""
        found = self._run(select, params or {}).fetchall()
        instants = [i for i, (_, type_) in enumerate(self.columns()) if type_ == "timestamptz"]
        return [_in_utc(row, instants) for row in found] if instants else found

    def columns(self) -> list[tuple[str, str]]:
        """Name and DuckDB type of each column of the last statement, types in lower case."""
        names = {"TIMESTAMP WITH TIME ZONE": "timestamptz"}
        return [
            (column[0], names.get(str(column[1]), str(column[1]).lower()))
            for column in self._connection.description or []
        ]

    def arrow(self, select: str, params: Mapping[str, object] | None = None) -> pa.Table:
        """The rows of a statement as one Arrow table."""
        with _memory_told():
            return self._connection.sql(select, params=dict(params or {})).to_arrow_table(
                ROWS_AT_ONCE
            )

    def _run(self, statement: str, params: Mapping[str, object]) -> duckdb.DuckDBPyConnection:
        with _memory_told():
            return self._connection.execute(statement, dict(params))

    def close(self) -> None:
        for connection in (*self._beside, self._connection):
            connection.close()


@contextmanager
def _memory_told() -> Iterator[None]:
    """What the machine lacks becomes our own error; what we wrote wrongly stays DuckDB's."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise Unavailable(
            "this question needs more memory than it may use; ask for a shorter span, "
            f"or give it more ({error})"
        ) from error


def quoted(text: str) -> str:
    """A SQL string literal. For paths and instants that this program made, never for input."""
    return "'" + text.replace("'", "''") + "'"


def instant(at: datetime) -> str:
    """A timestamptz literal of `at`, to the microsecond."""
    assert at.tzinfo is not None, f"{at} has no time zone"
    return f"timestamptz '{at.astimezone(UTC).isoformat(sep=' ', timespec='microseconds')}'"


def select_from(source: Source, where: Sequence[str] = ()) -> str:
    """A statement that reads `source`; without files it yields its columns and no row."""
    if not source.files:
        nulls = ", ".join(f"null::{type_} as {name}" for name, type_ in source.columns.items())
        return f"select {nulls} where false"  # noqa: S608
    hive = "false"
    if source.partitions:
        types = ", ".join(f"{name}: {source.columns[name]}" for name in source.partitions)
        hive = f"true, hive_types = {{{types}}}"
    columns = ", ".join(source.columns)
    base = f"select {columns} from {_parquet(source.files, hive)}"  # noqa: S608
    if not source.recent:
        return f"{base} where {' and '.join(where)}" if where else base
    recent = _parquet(source.recent, hive)
    told = f"(select account_id from {recent})"  # noqa: S608
    where = " and ".join(where) if where else "true"
    return (
        f"{base} anti join {told} as told using (account_id) where {where} "  # noqa: S608
        f"union all select {columns} from {recent} where not {GONE} and {where}"
    )


def _parquet(files: Sequence[str], hive: str) -> str:
    return f"read_parquet([{', '.join(map(quoted, files))}], hive_partitioning = {hive})"


_DUCKDB_OF_ARROW = {
    pa.string(): "varchar",
    pa.int64(): "bigint",
    pa.int32(): "integer",
    pa.bool_(): "boolean",
    pa.float64(): "double",
    pa.date32(): "date",
    pa.timestamp("us", tz="UTC"): "timestamptz",
    pa.timestamp("us"): "timestamp",
}
_ARROW_OF_DUCKDB = {duck: arrow for arrow, duck in _DUCKDB_OF_ARROW.items()}


def duckdb_columns(schema: pa.Schema) -> dict[str, str]:
    """DuckDB's type of each column of an Arrow schema."""
    return {field.name: _DUCKDB_OF_ARROW[field.type] for field in schema}


def arrow_type(type_: str) -> pa.DataType:
    """The Arrow type in which a column of a SQL header is stored."""
    if type_.endswith("[]"):
        return pa.list_(arrow_type(type_[:-2]))
    return _ARROW_OF_DUCKDB[type_]


def _in_utc(row: tuple, instants: Sequence[int]) -> tuple:
    values = list(row)
    for i in instants:
        if values[i] is not None:
            values[i] = values[i].astimezone(UTC)
    return tuple(values)

"""Rows of an import on the way: read, typed and cut into parts, in a DuckDB file of its own.

Only when every file is read can be said which rows are new: that must not hang on the order of
rows and files. `settle` compares with what the lake knows; `events` and `facts` are what it lacks.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb import ColumnExpression

from tenure.billing.facts_from_rows import fact_parts
from tenure.collect.files.map_model import FileMap
from tenure.collect.files.mapped_row import mapped_columns, typed_columns
from tenure.kit.sql_file import SqlFile, load

PACKAGE = "tenure.collect.files"
MEMORY = "1GB"
AHEAD = timedelta(days=1)  # as far in the future as the lake takes an event
_STAGED = ("staged_event", "staged_fact")
_DERIVED = ("live_part", "numbered_row", "assigned_row")
# A traits event for those who have traits; the others' final state is an event of its own.
_FINAL_TYPE = {"account": "group", "person": "identify"}


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be taken: `code` and field of the first thing wrong in it."""

    position: int
    code: str
    field: str


class Staging:
    """A place on disk for one import, gone when it is closed. Not for threads."""

    def __init__(self, folder: Path, zone: str, now: datetime) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._zone = zone
        self._latest = now + AHEAD
        self._refused_keys: dict[int, str] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="import-", dir=folder))
        self._db = duckdb.connect(
            str(self._folder / "rows.duckdb"),
            config={
                "threads": 2,
                "memory_limit": MEMORY,
                "temp_directory": str(self._folder),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        self._db.execute("set timezone = 'UTC'")
        self._db.execute("set preserve_insertion_order = false")
        self._db.execute("create table staged_file (file_number bigint, name varchar)")
        self._db.execute(
            "create table staged_row (position bigint, file_number bigint, entry_number bigint, "
            "line bigint, row_key varchar, is_keyed boolean, row_value varchar)"
        )
        for name in _STAGED:
            columns = ", ".join(f"{each.name} {each.type}" for each in load(PACKAGE, name).columns)
            self._db.execute(f"create table {name} ({columns})")

    def __enter__(self) -> "Staging":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add_file(self, file_number: int, name: str) -> None:
        self._db.execute("insert into staged_file values (?, ?)", [file_number, name])

    def add_rows(
        self, entry: FileMap, file_number: int, header: tuple[str, ...], rows: pa.Table
    ) -> list[Problem]:
        """Stage the rows that can be read; what is wrong with the others.

        `rows` has position, line, `amount_factor`, a text `r_<n>` for each column of `header` and
        a text `f_<field>` for each mapped field.
        """
        self._db.register("source_row", rows)
        columns = typed_columns(entry, header, self._zone, self._latest)
        relation = self._db.table("source_row").select(*columns)
        self._db.register("typed_row", relation.select(*mapped_columns(entry)))
        self._db.execute("create or replace temp table read_row as select * from typed_row")
        found = self._db.execute(
            "select position, problem, row_key, is_keyed from read_row "
            "where problem is not null order by position"
        ).fetchall()
        self._refused_keys |= {position: key for position, _, key, is_keyed in found if is_keyed}
        self._db.execute(
            "create or replace temp view mapped_row as select * from read_row where problem is null"
        )
        self._db.execute(
            "insert into staged_row select mapped_row.position, ?, ?, source_row.line, row_key, "
            "is_keyed, row_value from mapped_row inner join source_row "
            "on source_row.position = mapped_row.position",
            [file_number, entry.position],
        )
        self._add_parts(entry)
        self._db.unregister("typed_row")
        self._db.unregister("source_row")
        return [Problem(position, *problem.split(":", 1)) for position, problem, _, _ in found]

    def _add_parts(self, entry: FileMap) -> None:
        if entry.kind.makes_facts:
            self._make("fact_part", fact_parts(entry.kind.parts), {"time_zone": self._zone})
            self._insert("staged_fact")
        else:
            self._make("event_part", load(PACKAGE, entry.kind.parts), {})
            self._insert("staged_event")
        if entry.has_final:
            final_type = _FINAL_TYPE.get(entry.kind.name, "system")
            self._make("event_part", load(PACKAGE, "final_state_parts"), {"type": final_type})
            self._insert("staged_event")

    def settle(self, imported: pa.Table) -> None:
        """Decide which row of the lake each staged row is. `imported` are ids that it holds."""
        self._db.register("imported_message", imported)
        for name in _DERIVED:
            self._make(name, load(PACKAGE, name), {})
        self._db.unregister("imported_message")

    def row_counts(self) -> list[tuple[int, int, dict[str, int]]]:
        """(file number, entry number, counts of rows by what became of them)."""
        made = self._db.execute(load(PACKAGE, "row_count").text)
        names = [column[0] for column in made.description][2:]
        return [(row[0], row[1], dict(zip(names, row[2:], strict=True))) for row in made.fetchall()]

    def taken_positions(self, positions: list[int]) -> set[int]:
        """Those of `positions` whose row could be read."""
        return self._among("position", "bigint", positions)

    def taken_keys(self, keys: list[str]) -> set[str]:
        """Those of `keys` by which a row that could be read is known."""
        return self._among("row_key", "varchar", keys)

    def taken_refs(self, refs: list[str]) -> set[str]:
        """Those of `refs` (`file:line`) at which a row could be read."""
        return self._among("source_ref", "varchar", refs)

    def _among(self, name: str, type_: str, values: list) -> set:
        self._make(f"taken_{name}", load(PACKAGE, "taken_row"), {})
        arrow = {"bigint": pa.int64(), "varchar": pa.string()}[type_]
        wanted = self._db.from_arrow(pa.table({name: pa.array(values, arrow)}))
        taken = self._db.table(f"taken_{name}").select(ColumnExpression(name)).distinct()
        return {value for (value,) in wanted.join(taken, name, how="semi").fetchall()}

    def refused_keys(self, positions: list[int]) -> dict[int, str]:
        """The key by which each refused row is known; rows without a key are left out."""
        return {
            place: self._refused_keys[place] for place in positions if place in self._refused_keys
        }

    def emitted(
        self, table: str, source: str, now: datetime, *, is_restated: bool, rows: int
    ) -> Iterator[pa.Table]:
        """What the lake lacks of `event` or `fact`, some rows at a time, in DuckDB's own order."""
        params = {"source": source, "now": now, "is_restated": is_restated}
        self._make("emitted", load(PACKAGE, f"emitted_{table}"), params)
        reader = self._db.table("emitted").to_arrow_reader(rows)
        for batch in reader:
            if batch.num_rows:
                yield pa.Table.from_batches([batch])

    def part_count(self) -> int:
        """How many parts there are at most to emit; for a progress bar."""
        return sum(self._db.table(name).count("position").fetchall()[0][0] for name in _STAGED)

    def _make(self, name: str, sql: SqlFile, params: Mapping[str, object]) -> None:
        wanted = {key: value for key, value in params.items() if key in sql.params}
        self._db.execute(f"create or replace temp table {name} as {sql.text}", wanted)

    def _insert(self, name: str) -> None:
        self._db.execute(f"insert into {name} {load(PACKAGE, name).text}")

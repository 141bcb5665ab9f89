"""How the rows of a derived relation lie on disk, and how a few that change get there.

    by day        a folder for each month of `day`, written anew when rows in it differ, and one for
                  each of a few days beside it: the last ones, whose rows differ most often
    by account    `base`, and `recent`: what has changed since, account by account. Who stands in
                  `recent` is not read from `base`. So the news of a few accounts writes a few
                  rows, until they are many; then all become one `base` again
    full          one part, written anew

Other engines read a relation by account as this does: see `engine.select_from`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from tenure.base.home import Home
from tenure.kit.sql_file import SqlFile
from tenure.lake import tables
from tenure.lake.engine import GONE, Engine, Source, arrow_type, quoted, select_from
from tenure.lake.snapshot import derived_table, files_at

BY_ACCOUNT = "by account"
MONTH = "refresh_month"  # the folder that rows of a relation by day lie in, after month or day
PART = "refresh_part"  # the folder that rows of a relation by account lie in
BASE, RECENT = "base", "recent"
# From this share of the rows of `base` on, what is recent costs readers more than writing all.
RECENT_AT_MOST = 0.25
SEALED_AT_ONCE = 4
DAYS_BESIDE = 6  # so many days of a month at most have folders of their own


@dataclass
class DerivedTables:
    """The stored derived relations of one refresh: `published` has the versions of the last
    manifest, and `versions` grows as relations are written.
    """

    home: Home
    engine: Engine
    versions: dict[str, int]
    published: Mapping[str, int]
    # Written, and not on disk yet: two hundred waits for it, one after the other, are a tenth of a
    # refresh. Nothing is published before; what a kill leaves is mended as all that is unsealed. It
    # is one version of each table: who writes one again seals it first.
    unsealed: dict[str, DeltaTable] = field(default_factory=dict, kw_only=True)
    _mended: set[str] = field(default_factory=set, init=False)

    def seal(self) -> None:
        """Put on disk what was written until now, all at once."""
        written = []
        with suppress(KeyError):  # another thread may take some of them
            while True:
                written.append(self.unsealed.popitem()[1])
        with ThreadPoolExecutor(SEALED_AT_ONCE) as pool:
            list(pool.map(tables.seal, written))

    def source(self, sql: SqlFile, versions: Mapping[str, int], month: str | None = None) -> Source:
        """The stored rows of a derived relation, of one month or all; none when not yet stored."""
        return derived_source(
            self.home,
            sql,
            versions.get(derived_table(sql)),
            lambda part: month in (None, part[:7]),
        )

    def source_of_days(
        self, sql: SqlFile, versions: Mapping[str, int], days: Collection[date]
    ) -> Source:
        """The files of a relation by day that hold the rows of `days`, and of days beside them."""
        parts = {f"{day:%Y-%m}" for day in days} | {f"{day:%Y-%m-%d}" for day in days}
        version = versions.get(derived_table(sql))
        return derived_source(self.home, sql, version, lambda part: part in parts)

    def write(self, sql: SqlFile, rows: pa.Table) -> None:
        """Put `rows` in the place of everything."""
        table = self._table(sql)
        rows = rows.cast(schema_of(sql))
        if sql.refresh == BY_ACCOUNT:
            rows = _in_part(_marked(rows, False), BASE)
        self._replace(derived_table(sql), table, rows)

    def write_accounts(self, sql: SqlFile, rows: pa.Table, accounts: Collection[str]) -> None:
        """Put `rows` in the place of all that is said of `accounts`, which they belong to."""
        name = derived_table(sql)
        old = self.source(sql, self.published)
        said = _marked(rows.cast(schema_of(sql)), False)
        silent = set(accounts) - set(rows["account_id"].to_pylist())
        listed = pa.table({"account_id": pa.array(accounts, pa.string())})
        self.engine.register("said_account", listed)
        others = "account_id not in (select account_id from said_account)"
        kept = select_from(Source(old.recent, {**old.columns, GONE: "boolean"}), [others])
        kept = self.engine.arrow(kept).cast(said.schema)
        recent = pa.concat_tables([kept, said, _gone(said.schema, silent)])
        files = files_at(self.home, name, self.published[name])
        base = sum(file.rows for file in files if file.part != RECENT)
        if recent.num_rows > RECENT_AT_MOST * base:
            self.engine.register("said_row", rows)
            every = f"{select_from(old, [others])} union all select * from said_row"  # noqa: S608
            self.write(sql, self._sorted(sql, every))
            return
        where = f"{PART} = '{RECENT}'"
        self._replace(name, self._table(sql), _in_part(recent, RECENT), where)

    def write_month(
        self, sql: SqlFile, month: date | None, rows: pa.Table, last_from: date | None = None
    ) -> None:
        """Put `rows` in the place of one month's, or of everything when `month` is None. Days from
        `last_from` on get folders of their own.
        """
        if month is None:
            self._write_parts(sql, rows.append_column(MONTH, pa.nulls(0, pa.string())), None)
            return
        label = f"{month:%Y-%m}"
        labels = pa.repeat(pa.scalar(label), rows.num_rows)
        if last_from is not None and rows.num_rows:
            labels = pc.if_else(pc.greater_equal(rows["day"], last_from), _days_of(rows), labels)
        old = {part for part in self._parts(sql) if part[:7] == label}
        new = set(pc.unique(labels).to_pylist())
        self._write_parts(sql, rows.append_column(MONTH, labels), {label, *old, *new})

    def write_days(self, sql: SqlFile, rows: pa.Table, days: Collection[date]) -> bool:
        """Put `rows` in the place of those of `days`, if these are few and lie beside their months;
        whether they are there now.
        """
        labels = {f"{day:%Y-%m-%d}" for day in days}
        [month] = {label[:7] for label in labels}
        beside = {part for part in self._parts(sql) if part[:7] == month and part != month}
        if len(beside | labels) > DAYS_BESIDE or self._has_days(sql, month, days):
            return False
        self._write_parts(sql, rows.append_column(MONTH, _days_of(rows)), labels)
        return True

    def _parts(self, sql: SqlFile) -> set[str]:
        name = derived_table(sql)
        if name not in self.published:
            return set()
        return {file.part for file in files_at(self.home, name, self.published[name])}

    def _has_days(self, sql: SqlFile, month: str, days: Collection[date]) -> bool:
        """Whether the folder of a month holds rows of any of these days."""
        name = derived_table(sql)
        files = files_at(self.home, name, self.published[name])
        paths = tuple(file.path for file in files if file.part == month)
        self.engine.register("said_day", pa.table({"day": pa.array(sorted(days), pa.date32())}))
        found = select_from(Source(paths, {"day": "date"}), ["day in (select day from said_day)"])
        return bool(self.engine.rows(f"{found} limit 1"))

    def _write_parts(self, sql: SqlFile, rows: pa.Table, parts: Collection[str] | None) -> None:
        """Put `rows`, with the folder of each, in the place of these folders, or of everything."""
        table = self._table(sql)
        name = derived_table(sql)
        if name not in self.versions and table.version() > 0:
            tables.delete(table, "true")  # left by a first refresh that was killed
        where = None
        if parts is not None:
            where = f"{MONTH} in ({', '.join(map(quoted, sorted(parts)))})"
        schema = schema_of(sql).append(pa.field(MONTH, pa.string()))
        self._replace(name, table, rows.cast(schema), where)

    def _replace(
        self, name: str, table: DeltaTable, rows: pa.Table, where: str | None = None
    ) -> None:
        self.versions[name] = tables.replace(table, rows, where=where, is_sealed=False)
        self.unsealed[name] = table

    def recent_share(self, sql: SqlFile) -> float:
        """How many rows of a relation lie beside its base, for each row that lies in it."""
        name = derived_table(sql)
        if sql.refresh != BY_ACCOUNT or name not in self.versions:
            return 0.0
        files = files_at(self.home, name, self.versions[name])
        recent = sum(file.rows for file in files if file.part == RECENT)
        return recent / max(sum(file.rows for file in files) - recent, 1)

    def fold(self, sql: SqlFile) -> None:
        """Make one base of a relation by account: nothing stays on disk that holds no more."""
        rows = self._sorted(sql, select_from(self.source(sql, self.versions)))
        self.write(sql, rows)

    def _sorted(self, sql: SqlFile, select: str) -> pa.Table:
        return self.engine.arrow(f"{select} {order_of(sql)}")

    def _table(self, sql: SqlFile) -> DeltaTable:
        """The table to write, newly made or back at the published version.

        A refresh that was killed leaves versions that no manifest names: they are not built upon.
        """
        name = derived_table(sql)
        folder = tables.folder_of(self.home, name)
        if name not in self._mended:
            tables.mend(folder)  # what was torn while it was created is no table
            self._mended.add(name)
        if not DeltaTable.is_deltatable(str(folder)):
            return tables.create(folder, *_layout(sql), ())
        if (written := self.unsealed.pop(name, None)) is not None:
            # A power cut may take any of several versions, and those after a lost one are no log.
            tables.seal(written)
        table = DeltaTable(folder)
        if name in self.versions and table.version() != self.versions[name]:
            table.restore(self.versions[name])
            tables.seal(table)
        return table


def fold_recent(stored: DerivedTables, derived: Iterable[SqlFile], above: float) -> list[str]:
    """The relations that were folded: those with recent rows, more than `above` of their base."""
    folded = [sql for sql in derived if sql.is_stored and stored.recent_share(sql) > above]
    for sql in folded:
        stored.fold(sql)
    return [sql.name for sql in folded]


def derived_source(
    home: Home,
    sql: SqlFile,
    version: int | None,
    is_wanted: Callable[[str], bool] = lambda part: True,
) -> Source:
    """The stored rows of a derived relation at a version, of the wanted months and days or all; no
    rows at None.
    """
    columns = {column.name: column.type for column in sql.columns}
    files = files_at(home, derived_table(sql), version) if version is not None else ()
    recent = tuple(file.path for file in files if file.part == RECENT)
    kept = (file for file in files if file.part != RECENT and is_wanted(file.part))
    return Source(tuple(file.path for file in kept), columns, recent=recent)


def schema_of(sql: SqlFile) -> pa.Schema:
    """The columns that the header declares, as they are stored."""
    return pa.schema([pa.field(each.name, arrow_type(each.type)) for each in sql.columns])


def order_of(sql: SqlFile) -> str:
    """Rows of one account lie together, so that a page about one account reads little."""
    # A wide relation has one row for each account, and its rows are dear to sort.
    if sql.made_from:
        return ""
    keys = [name for name in ("account_id", "day") if name in {each.name for each in sql.columns}]
    return f"order by {', '.join(keys)}" if keys else ""


def _layout(sql: SqlFile) -> tuple[pa.Schema, list[str]]:
    schema = schema_of(sql)
    if sql.refresh == BY_ACCOUNT:
        marks = [pa.field(GONE, pa.bool_()), pa.field(PART, pa.string())]
        return pa.schema([*schema, *marks]), [PART]
    if sql.refresh == "by day":
        return schema.append(pa.field(MONTH, pa.string())), [MONTH]
    return schema, []


def _days_of(rows: pa.Table) -> pa.ChunkedArray:
    return rows["day"].cast(pa.string())


def _marked(rows: pa.Table, is_gone: bool) -> pa.Table:
    return rows.append_column(GONE, pa.repeat(pa.scalar(is_gone), rows.num_rows))


def _in_part(rows: pa.Table, part: str) -> pa.Table:
    return rows.append_column(PART, pa.repeat(pa.scalar(part), rows.num_rows))


def _gone(schema: pa.Schema, accounts: Collection[str]) -> pa.Table:
    """One row for each account of which nothing is said any more."""
    told = {"account_id": pa.array(sorted(accounts), pa.string())}
    told[GONE] = pa.repeat(pa.scalar(True), len(accounts))
    return pa.table(
        [told[f.name] if f.name in told else pa.nulls(len(accounts), f.type) for f in schema],
        schema=schema,
    )


def rows_of(rows: pa.Table, accounts: Collection[str]) -> pa.Table:
    """Those of `rows` that belong to `accounts`."""
    return rows.filter(pc.is_in(rows["account_id"], pa.array(accounts, pa.string())))

"""Answers from the lake: a SQL file in, rows out, all from one consistent state.

    with reading(home) as reader:
        reader.rows(load("tenure.measure", "churn_month"), first_on=..., before_on=...)

Without `as_of` that state is what the last refresh published, base tables and derived ones alike.
`fresh=True` reads the base tables as they are now (for a timeline that shows what has just
arrived); derived relations stay as published. With `as_of` it is what was known then.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

import pyarrow as pa

from tenure.base.home import Home
from tenure.kit.sql_file import SqlFile, discover
from tenure.kit.wide_relation import wide_relations
from tenure.lake.derived_tables import derived_source
from tenure.lake.engine import DEFAULT_MEMORY, Engine, Source, duckdb_columns
from tenure.lake.given import Given
from tenure.lake.manifest import Manifest, read_manifest
from tenure.lake.narrowing import Only, narrowed_to
from tenure.lake.readers import holding
from tenure.lake.relations import STORED, stored_partitions
from tenure.lake.shipping import last_batch
from tenure.lake.snapshot import derived_table, files_at, newest_version
from tenure.lake.views import Views

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reader:
    """What `reading` yields. `manifest` is None before the first refresh."""

    def __init__(
        self,
        engine: Engine,
        views: Views,
        standing: Mapping[str, object],
        manifest: Manifest | None,
    ) -> None:
        self._engine = engine
        self._views = views
        self._standing = standing
        self.manifest = manifest

    def rows(self, sql: SqlFile, /, **params: object) -> list[dict[str, object]]:
        """The rows of a SQL file as dicts; instants are aware, in UTC.

        Raises ValueError when `params` are not exactly those that the header names, less the
        standing ones (`time_zone`, `currency`, `today`), which come from the company unless given.
        """
        found = self._engine.rows(sql.text, self._bound(sql, params))
        names = [name for name, _ in self._engine.columns()]
        return [dict(zip(names, row, strict=True)) for row in found]

    def arrow(self, sql: SqlFile, /, **params: object) -> pa.Table:
        """The rows of a SQL file as an Arrow table. Raises as `rows` does."""
        return self._engine.arrow(sql.text, self._bound(sql, params))

    def canonical_ids(self, kind: str, raw_ids: Sequence[str]) -> list[str]:
        """Where these ids of accounts or people lead in this reader's state, one for each."""
        self._views.need(["identity_link"])
        links = "select raw_id, canonical_id from identity_link where kind = $kind"
        found = dict(
            self._engine.rows(
                f"{links} and raw_id in (select unnest($ids))",  # noqa: S608
                {"kind": kind, "ids": list(raw_ids)},
            )
        )
        return [found.get(raw_id, raw_id) for raw_id in raw_ids]

    def register(self, name: str, rows: pa.Table) -> None:
        """Make `rows` stand for a relation, for this reader alone."""
        self._engine.register(name, rows)
        self._views.has(name)

    def keep(self, sql: SqlFile, /, **params: object) -> None:
        """Make the rows of a SQL file stand for a relation of its name, for this reader alone.
        Raises as `rows` does.
        """
        self._engine.create_table(sql.name, sql.text, self._bound(sql, params))
        self._views.has(sql.name)

    def relation(self, name: str) -> pa.Table:
        """Every row of a relation, in no order. Raises BadDefinition when none is so named."""
        self._views.need([name])
        return self._engine.arrow(f"select * from {name}")  # noqa: S608 - checked by `need`

    def columns(self) -> list[tuple[str, str]]:
        """Name and DuckDB type of each column that the last `rows` gave."""
        return self._engine.columns()

    def _bound(self, sql: SqlFile, given: Mapping[str, object]) -> dict[str, object]:
        standing = {name: self._standing[name] for name in self._standing if name in sql.params}
        params = {**standing, **given}
        for missing in sorted(sql.params.keys() - params.keys()):
            raise ValueError(f"{sql.path} needs ${missing}; pass {missing}=...")
        for unknown in sorted(params.keys() - sql.params.keys()):
            raise ValueError(f"{sql.path} has no ${unknown}; its header names {list(sql.params)}")
        for name, value in params.items():
            if isinstance(value, datetime) and value.tzinfo is None:
                raise ValueError(f"{sql.path}: ${name} is {value}, without a time zone; use UTC")
        self._views.need(sql.reads, sql.path)
        return params


@contextmanager
def reading(
    home: Home,
    as_of: datetime | None = None,
    threads: int = 2,
    *,
    memory_limit: str = DEFAULT_MEMORY,
    fresh: bool = False,
    only: Only | None = None,
    packages: Sequence[str] | None = None,
) -> Iterator[Reader]:
    """A Reader on one state of the lake, kept from vacuums while the block runs.

    A home without any data gives empty relations. `packages` are those whose derived relations
    exist, by default `settings.TENURE_SQL_PACKAGES`. `only` reads what concerns some accounts or
    people, by any of their ids: so a question about one of them is quick. Raises ValueError for a
    naive `as_of`.
    """
    if as_of is not None and as_of.tzinfo is None:
        raise ValueError(f"as_of is {as_of}, without a time zone; use UTC")
    derived = derived_relations(sql_packages(packages))
    with pinned(home, newest=fresh or as_of is not None) as (manifest, versions):
        today = company_day(home, as_of) if as_of else day_of_state(home, manifest)
        standing = standing_params(home, today)
        engine = Engine(home.lake, threads=threads, memory_limit=memory_limit)
        views = views_at(home, engine, versions, derived, standing, as_of)
        try:
            if only is not None:
                facts = stored_source(home, "billing_fact", versions.get("billing_fact"))
                views = narrowed_to(engine, views, derived, facts, only)
            yield Reader(engine, views, standing, manifest)
        finally:
            engine.close()


def sql_packages(packages: Sequence[str] | None) -> tuple[str, ...]:
    """The packages whose SQL files count: those given, or the installation's."""
    if packages:
        return tuple(packages)
    # Asked here and not above, so that the lake works where there is no Django.
    from django.conf import settings

    return tuple(settings.TENURE_SQL_PACKAGES)


@cache
def derived_relations(packages: tuple[str, ...]) -> dict[str, SqlFile]:
    """The derived relations of these packages, by name."""
    return {sql.name: sql for sql in (*discover(packages), *wide_relations(packages))}


def standing_params(home: Home, today: date) -> dict[str, object]:
    """The parameters that every SQL file may name without being given them."""
    company = home.company
    return {"time_zone": company.time_zone, "currency": company.currency, "today": today}


def company_day(home: Home, at: datetime) -> date:
    """The day that it is at the company at this instant."""
    return at.astimezone(ZoneInfo(home.company.time_zone)).date()


def day_of_state(home: Home, manifest: Manifest | None) -> date:
    """The day that published relations were made for; before any, that of the last arrival."""
    if manifest is not None:
        return manifest.today or company_day(home, manifest.published_at)
    last = last_batch(home)
    return company_day(home, last.shipped_at if last else _EPOCH)


def views_at(
    home: Home,
    engine: Engine,
    versions: Mapping[str, int],
    derived: Mapping[str, SqlFile],
    standing: Mapping[str, object],
    as_of: datetime | None = None,
) -> Views:
    """The relations of a home at these versions, or what of their rows was known then."""

    def stored(table: str) -> Source:
        return stored_source(home, table, versions.get(table))

    def published(sql: SqlFile) -> Source | None:
        # What was published holds what was known later, too.
        if as_of is not None:
            return None
        return published_source(home, sql, versions.get(derived_table(sql)))

    return Views(engine, stored, published, derived, standing, as_of=as_of, given=Given(home))


def stored_source(home: Home, table: str, version: int | None) -> Source:
    """The rows of a base table at a version; no rows when it is None."""
    files = files_at(home, table, version) if version is not None else ()
    paths = tuple(file.path for file in files)
    return Source(paths, duckdb_columns(STORED[table]), tuple(stored_partitions(table)))


def published_source(home: Home, sql: SqlFile, version: int | None) -> Source | None:
    """The published rows of a derived relation; None when it has to be computed from its SQL."""
    return None if version is None else derived_source(home, sql, version)


@contextmanager
def pinned(home: Home, *, newest: bool) -> Iterator[tuple[Manifest | None, dict[str, int]]]:
    """The manifest and the version of each table to read, held against vacuums.

    Looks again once the versions are held: a vacuum in between would not have seen us.
    """
    if not home.lake.is_dir():
        yield None, {}
        return
    while True:
        manifest, versions = _choose(home, newest)
        with holding(home, versions):
            if _choose(home, newest) == (manifest, versions):
                yield manifest, versions
                return


def _choose(home: Home, newest: bool) -> tuple[Manifest | None, dict[str, int]]:
    manifest = read_manifest(home)
    versions = dict(manifest.versions) if manifest else {}
    if newest or manifest is None:
        for table in STORED:
            version = newest_version(home, table)
            if version is not None:
                versions[table] = version
    return manifest, versions

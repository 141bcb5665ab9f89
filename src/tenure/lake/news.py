"""What the stored tables hold that the last manifest did not, and whom and when it touches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tenure.base.home import Home
from tenure.kit.sql_file import SqlFile, load
from tenure.lake.engine import Engine, Source, duckdb_columns, select_from
from tenure.lake.manifest import Manifest
from tenure.lake.relations import LINK_KEYS, STORED, stored_partitions
from tenure.lake.snapshot import files_at
from tenure.lake.views import Views


@dataclass(frozen=True, slots=True)
class Losses:
    """Rows that were deleted on purpose since the last manifest, and what they touch."""

    rows: Mapping[str, int]
    accounts: frozenset[str]
    days: frozenset[date]


@dataclass(frozen=True, slots=True)
class News:
    """`marks`: the last batch or snapshot of each stored table. `changed`: tables with new rows.
    `recounted`: tables whose rows came or went some other way, so that all has to be made again.
    """

    marks: dict[str, int]
    changed: frozenset[str]
    recounted: frozenset[str]
    losses: Losses | None = None


def mark_column(table: str) -> str:
    """The column that grows with every append to a stored table."""
    return "snapshot" if table in LINK_KEYS else "batch"


def find_news(
    home: Home,
    engine: Engine,
    before: Manifest | None,
    versions: Mapping[str, int],
    losses: Losses | None = None,
) -> News:
    """The news, and the relations `event_news` and `billing_fact_news` on `engine`.

    New rows lie in files that were added since, and have a later batch or snapshot: compaction adds
    files too, but of old rows. The counts have to add up, or else something was deleted.
    """
    marks = dict(before.marks) if before else {}
    changed, recounted = set(), set()
    for table, schema in STORED.items():
        now = files_at(home, table, versions[table]) if table in versions else ()
        then_version = before.versions.get(table) if before else None
        then = files_at(home, table, then_version) if then_version is not None else ()
        seen = {file.path for file in then}
        source = Source(
            tuple(file.path for file in now if file.path not in seen),
            duckdb_columns(schema),
            tuple(stored_partitions(table)),
        )
        column = mark_column(table)
        mark = marks.get(table, 0)
        engine.create_view(f"{table}_news", select_from(source, [f"{column} > {mark}"]))
        [(rows, last)] = engine.rows(f"select count(*), max({column}) from {table}_news")  # noqa: S608
        lost = losses.rows.get(table, 0) if losses else 0
        if rows or lost:
            changed.add(table)
        marks[table] = max(mark, last or 0)
        if sum(file.rows for file in then) + rows - lost != sum(file.rows for file in now):
            recounted.add(table)
    return News(marks, frozenset(changed), frozenset(recounted), losses)


@dataclass
class Touched:
    """Whom and when the news touches, each part worked out once, when it is first asked for."""

    engine: Engine
    views: Views
    news: News
    before: Manifest
    time_zone: str
    _made: set[str] = field(default_factory=set)
    _found: dict[str, frozenset] = field(default_factory=dict)

    def accounts(self, tables: set[str]) -> set[str]:
        """Canonical ids of accounts that news in `tables` touches; some may have none in fact."""
        found: frozenset[str] = frozenset()
        if "billing_fact" in tables:
            found |= self._once("account_of_fact_news")
        if "event" in tables:
            found |= self._once("account_of_event_news")
        if tables & LINK_KEYS.keys():
            found |= self._once("account_of_link_change")
        # Whichever table the rows went from: a link that is gone leaves no other trace.
        if self.news.losses and tables:
            found |= self.news.losses.accounts
        return set(found)

    def days_of_events(self) -> set[date]:
        """Days, in the company's zone, on which something new happened or was taken back."""
        lost = self.news.losses.days if self.news.losses else frozenset()
        return set(self._once("day_of_event_news", time_zone=self.time_zone) | lost)

    def days_of_links(self, published: Source) -> set[date]:
        """Days of a published relation with rows of people or accounts whose links changed."""
        self.engine.create_view("published", select_from(published))
        return self._column("day_of_link_change")

    def _once(self, name: str, **params: object) -> frozenset:
        if name not in self._found:
            self._found[name] = frozenset(self._column(name, **params))
        return self._found[name]

    def _column(self, name: str, **params: object) -> set:
        sql = load("tenure.lake", name)
        self._need(sql)
        return {value for (value,) in self.engine.rows(sql.text, params) if value is not None}

    def _need(self, sql: SqlFile) -> None:
        """Make what `sql` reads: plain relations, and those that compare with the last manifest."""
        compared = {"identity_change": "identity_link", "membership_change": "membership_link"}
        for name in sql.reads:
            if name.endswith("_news") or name == "published" or name in self._made:
                continue
            if name in compared or name == "touched_event":
                made = load("tenure.lake", name)
                self._need(made)
                mark = self.before.marks.get(compared.get(name, ""), 0)
                params = {"snapshot": mark} if "snapshot" in made.params else {}
                self.engine.create_table(name, made.text, params)
            else:
                self.views.need([name], sql.path)
            self._made.add(name)

"""One derived relation made again: in whole, for some accounts, or for some days.

Each writes the stored table only where rows differ, and tells which accounts and days those rows
belong to, because that is what relations that read this one have to make again.
"""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from tenure.base.months import month_of, next_month
from tenure.kit.sql_file import SqlFile
from tenure.lake.derived_tables import DerivedTables, order_of, rows_of, schema_of
from tenure.lake.engine import THREADS, Engine, Source, instant, quoted, select_from
from tenure.lake.given import Given
from tenure.lake.narrowing import TOUCHED, Only, narrow_to_accounts
from tenure.lake.reading import Reader, stored_source
from tenure.lake.relations import LINK_KEYS
from tenure.lake.snapshot import derived_table, files_at
from tenure.lake.views import Narrow, Views

# Relations that several others are made from, account by account, and that take long to read.
_SHARED = {"event_day"}
KEPT_DAYS = 3  # whose events may be held in memory


def _everything(_name: str) -> list[list[str]]:
    return []


@dataclass
class Change:
    """How many rows differ from the published relation, and of which accounts and days.

    None where the relation has no `account_id` or no `day` to tell by.
    """

    rows: int = 0
    accounts: set[str] | None = None
    days: set[date] | None = None


@dataclass(frozen=True, slots=True)
class Remade:
    """All rows of some accounts in a relation as this refresh made them."""

    accounts: frozenset[str]
    rows: pa.Table


@dataclass
class Recomputing(DerivedTables):
    """What recomputing needs to know: the engine, the pinned versions, and the SQL files."""

    derived: Mapping[str, SqlFile]
    params: Mapping[str, object]
    given: Given
    made: tuple[str, ...] = ()
    beside_last: Callable[[], None] = lambda: None  # see `refresh`
    beside_write: Callable[[str, Reader], None] = lambda name, reader: None  # see `refresh`
    # What nobody waits for, made while a wide relation is written.
    meanwhile: Callable[[], object] = lambda: None
    touched: frozenset[str] = frozenset()  # accounts that any news touches, as far as is known
    kept_days: tuple[date, tuple[date, ...]] | None = None  # whose events are at hand
    kept_facts: frozenset[str] | None = None  # whose billing facts are at hand
    kept: dict[str, frozenset[str]] = field(default_factory=dict)  # of which accounts, by relation
    # What this refresh made of some accounts, by relation: read from here, and not from the disk.
    remade: dict[str, Remade] = field(default_factory=dict)

    @property
    def last_from(self) -> date:
        """The first of the days whose rows are likely to differ again soon."""
        return self.params["today"] - timedelta(days=1)

    def make_once(self, names: tuple[str, ...] = ("correction", *LINK_KEYS)) -> None:
        """Work out, for all relations, what is small and asked for again and again. Corrections
        must also come from all events, however few the relation is narrowed to.
        """
        self.views().keep(names)
        self.made = names

    def views(self, narrow: Narrow = _everything, months: set[str] | None = None) -> Views:
        """Relations at the versions of this refresh, narrowed to what is made again."""

        def stored(table: str) -> Source:
            source = stored_source(self.home, table, self.versions.get(table))
            if table == "event" and months is not None:
                files = files_at(self.home, table, self.versions[table]) if source.files else ()
                kept = tuple(file.path for file in files if file.part in months)
                return Source(kept, source.columns, source.partitions)
            return source

        return Views(
            self.engine,
            stored,
            lambda sql: self.source(sql, self.versions),
            self.derived,
            self.params,
            narrow=narrow,
            made=self.made,
            given=self.given,
        )

    def compute(self, sql: SqlFile, views: Views, where: str, order: str = "") -> pa.Table:
        """The rows of a SQL file over `views`, in the types that its header declares."""
        views.need(sql.reads, sql.path)
        if sql.made_from:
            self.beside_last()
            self.engine.use_threads(THREADS)
        listed = ", ".join(
            f"{column.name}::{column.type} as {column.name}" for column in sql.columns
        )
        params = {name: self.params[name] for name in sql.params}
        select = f"select {listed} from (\n{sql.text}\n) where {where} {order}"  # noqa: S608
        rows = self.engine.arrow(select, params)
        return rows.cast(schema_of(sql))


def whole(task: Recomputing, sql: SqlFile) -> Change:
    """Make everything again. What a changed file or zone asks for, and `Refresh full`."""
    if sql.refresh == "by day":
        return by_day(task, sql, None)
    where = "account_id is not null" if sql.refresh == "by account" else "true"
    rows = task.compute(sql, task.views(), where, order_of(sql))
    if sql.made_from:
        return _written_beside(task, sql, rows)
    change = _difference(task, sql, task.source(sql, task.published), rows, "true")
    if change.rows or derived_table(sql) not in task.published:
        task.write(sql, rows)
    return change


def _written_beside(task: Recomputing, sql: SqlFile, rows: pa.Table) -> Change:
    """Write a wide relation while whoever waits for it reads its rows from memory.

    It is not compared with what was published: days alone change nearly every row, and comparing
    takes longer than writing. What reads it is made in whole.
    """
    views = task.views()
    task.engine.register(sql.name, rows)
    views.has(sql.name)
    with ThreadPoolExecutor(2) as beside:
        makes = (partial(task.write, sql, rows), task.meanwhile)
        written = [beside.submit(_made_and_sealed, task, make) for make in makes]
        task.beside_write(sql.name, Reader(task.engine, views, task.params, None))
        for each in written:
            each.result()
    return Change(rows.num_rows)


def _made_and_sealed(task: Recomputing, make: Callable[[], object]) -> None:
    make()
    task.seal()


def by_account(task: Recomputing, sql: SqlFile, accounts: set[str], reads: set[str]) -> Change:
    """Make the rows of `accounts` again, reading only what concerns them: of `reads`, the stored
    relations that it rests on.
    """
    rows = rows_of_accounts(task, sql, accounts, reads)
    old = task.source(sql, task.published)
    task.engine.create_view("published", select_from(old, [TOUCHED]))
    return keep_changed_accounts(task, sql, rows, accounts)


def rows_of_accounts(
    task: Recomputing, sql: SqlFile, accounts: set[str], reads: set[str]
) -> pa.Table:
    """What a relation says of `accounts`, which are the touched ones then."""
    facts = stored_source(task.home, "billing_fact", task.versions.get("billing_fact"))
    touched = Only(accounts)
    has_facts = "billing_fact" in reads and task.kept_facts == accounts
    narrowed = reads - {"billing_fact"} if has_facts else reads
    narrow = narrow_to_accounts(task.engine, task.views(), facts, task.derived, touched, narrowed)
    views = task.views(narrow)
    if "billing_fact" in reads:
        _keep_facts(task, views, accounts)
    for name in reads & task.remade.keys():
        if accounts <= task.remade[name].accounts:
            task.engine.register(f"{name}_remade", task.remade[name].rows)
            task.engine.create_view(name, f"select * from {name}_remade where {TOUCHED}")  # noqa: S608 - no input
            views.has(name)
    for name in reads & _SHARED if sql.merges else ():
        _keep_narrowed(task, views, name, frozenset(accounts))
    return task.compute(sql, views, TOUCHED)


def _keep_facts(task: Recomputing, views: Views, accounts: set[str]) -> None:
    """Read the facts of these accounts once, for all that is made from them in turn."""
    if task.kept_facts != accounts:
        views.need(["billing_fact_row"])
        task.engine.create_table("fact_touched", "select * from billing_fact_row", {})
        task.kept_facts = frozenset(accounts)
    task.engine.create_view("billing_fact_row", "select * from fact_touched")
    views.has("billing_fact_row")


def keep_changed_accounts(
    task: Recomputing, sql: SqlFile, rows: pa.Table, accounts: set[str]
) -> Change:
    """Write those of `rows`, which are all of `accounts`, that are not as the view `published`
    says; and remember them for what reads them next.
    """
    task.remade[sql.name] = Remade(frozenset(accounts), rows)
    change = _compared(task, sql, rows)
    if change.rows:
        task.write_accounts(sql, rows_of(rows, change.accounts), change.accounts)
    return change


def _keep_narrowed(task: Recomputing, views: Views, name: str, accounts: frozenset[str]) -> None:
    """Read the touched accounts' rows of a large relation once, for all that read it in turn."""
    if name not in task.derived:
        return
    kept = f"{name}_touched"
    if name not in task.kept or not accounts <= task.kept[name]:
        every = accounts | task.touched
        list_touched(task.engine, every)
        source = task.source(task.derived[name], task.versions)
        task.engine.create_table(kept, select_from(source, [TOUCHED]), {})
        task.kept[name] = every
        list_touched(task.engine, accounts)
    task.engine.create_view(name, f"select * from {kept} where {TOUCHED}")  # noqa: S608 - no input
    views.has(name)


def list_touched(engine: Engine, accounts: Collection[str]) -> None:
    """Make `touched_account` stand for these accounts."""
    engine.register("touched_account", pa.table({"account_id": pa.array(accounts, pa.string())}))


def list_days(engine: Engine, days: Collection[date]) -> None:
    """Make `touched_day` stand for these days."""
    engine.register("touched_day", pa.table({"day": pa.array(sorted(days), pa.date32())}))


def by_day(task: Recomputing, sql: SqlFile, days: set[date] | None) -> Change:
    """Make the rows of `days` again (all when None), one month after the other to bound memory."""
    table = derived_table(sql)
    total = Change(0, set() if _has(sql, "account_id") else None, set())
    fresh = table not in task.published
    months = sorted(_all_months(task, sql) if days is None else {month_of(day) for day in days})
    for month in months:
        rows = _month_rows(task, sql, month, days)
        old = task.source(sql, task.published, f"{month:%Y-%m}")
        within = _within(month, days)
        change = _difference(task, sql, old, rows, within)
        if not change.rows:
            continue
        total.rows += change.rows
        if total.accounts is not None:
            total.accounts |= change.accounts
        total.days |= change.days
        if (
            days is not None
            and old.files
            and task.write_days(sql, _on(rows, change.days), change.days)
        ):
            continue
        kept = select_from(old, [f"not ({within})"])
        task.write_month(sql, month, _sorted(task, sql, kept, rows), task.last_from)
    if fresh and table not in task.versions:
        task.write_month(sql, None, schema_of(sql).empty_table())
    return total


def _month_rows(task: Recomputing, sql: SqlFile, month: date, days: set[date] | None) -> pa.Table:
    """What the SQL file says of one month, or of some days in it."""
    zone = ZoneInfo(str(task.params["time_zone"]))
    first = datetime(month.year, month.month, 1, tzinfo=zone).astimezone(UTC)
    after = next_month(month)
    end = datetime(after.year, after.month, 1, tzinfo=zone).astimezone(UTC)
    # A day to spare, for zones whose rules DuckDB and Python know in different editions.
    first, end = first - timedelta(days=1), end + timedelta(days=1)
    event = [f"occurred_at >= {instant(first)}", f"occurred_at < {instant(end)}"]
    if days is not None:
        listed = sorted(day for day in days if month_of(day) == month)
        list_days(task.engine, listed)
        local = f"(occurred_at at time zone {quoted(str(zone))})::date"
        event.append(_within(month, days, local))
    narrow = {
        name: [[_within(month, days)]] for name in sql.reads if _has(task.derived.get(name), "day")
    }
    narrow["event"] = [event]
    months = {f"{each:%Y-%m}" for each in (first, month, end)}
    views = task.views(lambda name: narrow.get(name, []), months)
    if days is not None and "event" in sql.reads and len(listed) <= KEPT_DAYS:
        _keep_days(task, views, (month, tuple(listed)))
    return task.compute(sql, views, _within(month, days))


def _keep_days(task: Recomputing, views: Views, days: tuple[date, tuple[date, ...]]) -> None:
    """Read the events of these days of a month once, for all that is made from them in turn."""
    if task.kept_days != days:
        views.need(["event_row"])
        task.engine.create_table("event_of_days", "select * from event_row", {})
        task.kept_days = days
    task.engine.create_view("event_row", "select * from event_of_days")
    views.has("event_row")


def _within(month: date, days: set[date] | None, day: str = "day") -> str:
    if days is not None:
        return f"{day} in (select day from touched_day)"  # noqa: S608
    return f"({day} >= date '{month}' and {day} < date '{next_month(month)}')"


def _all_months(task: Recomputing, sql: SqlFile) -> set[date]:
    """Every month that may have rows: those of events, one to each side where the zone may move
    them over midnight, and those that have rows now.
    """
    events = (
        files_at(task.home, "event", task.versions["event"]) if "event" in task.versions else ()
    )
    found = {date.fromisoformat(f"{file.part}-01") for file in events if file.rows}
    if str(task.params["time_zone"]) != "UTC":
        found |= {month_of(each - timedelta(days=1)) for each in found}
        found |= set(map(next_month, found))
    table = derived_table(sql)
    if table in task.published:
        stored = files_at(task.home, table, task.published[table])
        found |= {date.fromisoformat(f"{file.part[:7]}-01") for file in stored if file.part}
    return found


def _difference(task: Recomputing, sql: SqlFile, old: Source, rows: pa.Table, where: str) -> Change:
    """Which accounts and days have other rows now than the published relation had."""
    if not old.files:
        return Change(rows.num_rows, _values(rows, "account_id"), _values(rows, "day"))
    task.engine.create_view("published", select_from(old, [where]))
    return _compared(task, sql, rows)


def _compared(task: Recomputing, sql: SqlFile, rows: pa.Table) -> Change:
    task.engine.register("remade", rows)
    names = [name for name in ("account_id", "day") if _has(sql, name)]
    listed = ", ".join(names) or "true"
    # Rows as one number each, because two sets of wide rows take long to compare. The sums of all
    # that an account had and has on a day differ, unless 64 bits meet by chance.
    told = (
        f"{listed}, hash({', '.join(column.name for column in sql.columns)})::hugeint as row_hash"
    )
    differing = task.engine.arrow(
        f"select {listed}, sum(came + went)::bigint as differing from ("  # noqa: S608
        f"select {told}, 1 as came, 0 as went from remade union all "
        f"select {told}, 0 as came, 1 as went from published"
        f") group by {listed} having sum(came) <> sum(went)"
        " or sum(case when came = 1 then row_hash else -row_hash end) <> 0"
    )
    return Change(
        pc.sum(differing["differing"]).as_py() or 0,
        _values(differing, "account_id"),
        _values(differing, "day"),
    )


def _on(rows: pa.Table, days: Collection[date]) -> pa.Table:
    return rows.filter(pc.is_in(rows["day"], pa.array(sorted(days), pa.date32())))


def _values(rows: pa.Table, name: str) -> set | None:
    if name not in rows.column_names:
        return None
    return {value for value in rows[name].unique().to_pylist() if value is not None}


def _has(sql: SqlFile | None, column: str) -> bool:
    return sql is not None and any(each.name == column for each in sql.columns)


def _sorted(task: Recomputing, sql: SqlFile, kept: str, rows: pa.Table) -> pa.Table:
    """What stays and what is new. Rows of one account lie together, so that a page about one
    account reads little.
    """
    task.engine.register("remade", rows)
    return task.engine.arrow(f"{kept} union all select * from remade {order_of(sql)}")  # noqa: S608

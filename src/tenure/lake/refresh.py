"""What has news since the last manifest is computed again, and one new manifest is published.

    base tables ──▶ news ──▶ for each derived relation, those that it reads first:
                               nothing it reads changed      keep
                               by account, by day            the touched accounts or days
                               another text, zone, or rows   everything
                             ──▶ one manifest

Killed anywhere, the old manifest still holds, and the next refresh starts from it again. The result
is the same as making everything anew; tests compare the two.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

import pyarrow as pa
from deltalake.exceptions import DeltaError

from tenure.base.home import Home
from tenure.kit.sql_file import SqlFile
from tenure.lake.derived_tables import DerivedTables, fold_recent
from tenure.lake.engine import Engine
from tenure.lake.given import Given
from tenure.lake.holding import all_hold, can_hold, turned_accounts
from tenure.lake.lanes import Planned, make_side_by_side
from tenure.lake.lease import Lease, lake_writer
from tenure.lake.made_by import in_order, made_by, stored_reads
from tenure.lake.manifest import Manifest, publish, read_manifest
from tenure.lake.merging import by_merging, can_merge
from tenure.lake.news import Losses, News, Touched, find_news
from tenure.lake.reading import (
    Reader,
    company_day,
    derived_relations,
    published_source,
    sql_packages,
    standing_params,
)
from tenure.lake.recompute import Change, Recomputing, by_account, by_day, whole
from tenure.lake.relations import LINK_KEYS, STORED
from tenure.lake.snapshot import derived_table, files_at, newest_version

MEMORY = "2GB"
BESIDE_MEMORY = "1GB"
WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did. `relations` says for each derived one: `kept`, `whole`, `3 accounts`...;
    `changed_accounts` are those with other rows than before in any of them, as far as they were
    compared: see `recompute.whole`.
    """

    manifest: Manifest
    relations: dict[str, str]
    changed_accounts: set[str] = field(default_factory=set)


def refresh(
    home: Home,
    now: datetime,
    lease: Lease | None = None,
    packages: Sequence[str] | None = None,
    *,
    losses: Losses | None = None,
    given: Mapping[str, pa.Table] | None = None,
    memory_limit: str = MEMORY,
    beside_last: Callable[[], None] = lambda: None,
    beside_write: Callable[[str, Reader], None] = lambda name, reader: None,
) -> Refreshed:
    """Bring derived relations up to the base tables; on disk and published when it returns.

    Without news it does nothing. `losses` names rows deleted on purpose (see `forget`), else any
    loss makes every relation that reads the table be computed again in whole. `given` stands for
    the relations that the installation gives (see `given.py`). `beside_last` is called when the
    topics of a wide relation are there, and putting them together keeps one core busy and not two;
    it must return at once. `beside_write` is called with the name of a wide relation that is made
    in whole and a reader that has its rows in memory, while these are written; they are published
    after it returned.
    Raises LeaseHeld when another process writes the lake for longer than a minute.
    """
    derived = derived_relations(sql_packages(packages))
    with lake_writer(home, "refresh", part="derived", lease=lease, wait_seconds=WAIT_S):
        home.lake.mkdir(parents=True, exist_ok=True)
        before = _usable(home, read_manifest(home))
        bases = {name: newest_version(home, name) for name in STORED}
        bases = {name: version for name, version in bases.items() if version is not None}
        params = standing_params(home, company_day(home, now))
        given = Given(home, given)
        digests = made_by(derived, params, given)
        is_held = before is not None and all_hold(derived.values(), before.today, params["today"])
        if is_held and not losses and _is_current(before, bases, digests):
            stored = [name for name, sql in derived.items() if sql.is_stored]
            return Refreshed(before, dict.fromkeys(stored, "kept"))
        engine = Engine(home.lake, memory_limit=memory_limit, varies=True)
        try:
            return _refresh(
                home,
                now,
                engine,
                _Plan(
                    before,
                    derived,
                    digests,
                    bases,
                    params,
                    given,
                    losses,
                    beside_last,
                    beside_write,
                ),
            )
        finally:
            engine.close()


@dataclass(frozen=True, slots=True)
class _Plan:
    before: Manifest | None
    derived: Mapping[str, SqlFile]
    digests: dict[str, str]
    bases: dict[str, int]
    params: Mapping[str, object]
    given: Given
    losses: Losses | None
    beside_last: Callable[[], None]
    beside_write: Callable[[str, Reader], None]


def _refresh(home: Home, now: datetime, engine: Engine, plan: _Plan) -> Refreshed:
    before = plan.before
    news = find_news(home, engine, before, plan.bases, plan.losses)
    published = _published(before, plan.derived)
    task = Recomputing(
        home, engine, {**plan.bases, **published}, published, plan.derived, plan.params, plan.given,
        beside_last=plan.beside_last, beside_write=plan.beside_write,
    )  # fmt: skip
    made = _Made(plan, news)
    ordered = [sql for sql in in_order(plan.derived, task.given.names()) if sql.is_stored]
    task.make_once()
    touched = made.touched(task)
    if touched:
        task.touched = frozenset(touched.accounts(set(news.changed) & {"event", "billing_fact"}))
    _make_all(made, task, touched, ordered)
    if plan.losses:
        # What holds no more stays on disk beside the base, and may name who is to be forgotten.
        fold_recent(task, list(plan.derived.values()), above=0.0)
    manifest = Manifest(
        number=before.number + 1 if before else 1,
        published_at=now,
        batch=max(news.marks.get("event", 0), news.marks.get("billing_fact", 0)),
        versions=task.versions,
        digests=plan.digests,
        marks=news.marks,
        today=plan.params["today"],
    )
    task.seal()
    publish(home, manifest)
    accounts = [change.accounts for change in made.changes.values() if change.accounts]
    return Refreshed(manifest, made.relations, set().union(*accounts))


@dataclass
class _Made:
    """What became of each relation so far."""

    plan: _Plan
    news: News
    changes: dict[str, Change] = field(default_factory=dict)
    relations: dict[str, str] = field(default_factory=dict)

    def touched(self, task: Recomputing) -> Touched | None:
        """Whom and when the news touches, as the engine of `task` works it out."""
        if self.plan.before is None:
            return None
        time_zone = str(self.plan.params["time_zone"])
        return Touched(task.engine, task.views(), self.news, self.plan.before, time_zone)

    def can_follow(self, task: Recomputing, sql: SqlFile) -> bool:
        """Whether the published rows were made as they would be now, but for the news."""
        before, name = self.plan.before, sql.name
        same = before is not None and before.digests.get(name) == self.plan.digests[name]
        holds = same and can_hold(sql, before.today, self.plan.params["today"])
        return holds and derived_table(sql) in task.published

    def make(self, task: Recomputing, touched: Touched | None, sql: SqlFile) -> None:
        if touched and self.can_follow(task, sql):
            change, said = _follow(task, sql, touched, self.changes)
        else:
            change, said = whole(task, sql), "whole"
        self.changes[sql.name], self.relations[sql.name] = change, said


def _make_all(
    made: _Made, task: Recomputing, touched: Touched | None, ordered: Sequence[SqlFile]
) -> None:
    """Make each once those that it reads are there, side by side where they follow from news:
    a few rows of a few accounts keep one core busy, and not two.
    """
    if touched is None or made.news.recounted:
        for sql in ordered:
            made.make(task, touched, sql)
        return
    relations = {sql.name: sql for sql in ordered}
    planned = []
    for sql in ordered:
        reads = stored_reads(sql, task.derived)
        # What takes much memory, or the events of a day that are at hand once, stays on one engine.
        is_light = sql.refresh == "by account" and not sql.made_from and "event" not in reads
        lane = None if is_light and made.can_follow(task, sql) else 0
        planned.append(Planned(sql.name, "", {}, tuple(reads), lane))
    beside = _Beside(made, task)
    later = _unread_by_wide(planned, relations, made, task)
    now = [each for each in planned if each not in later]

    def make_later() -> None:
        while later:
            beside.make(relations[later.pop(0).name])

    task.meanwhile = make_later
    task.engine.use_threads(1)
    try:
        make_side_by_side(
            now,
            [
                lambda each: made.make(task, touched, relations[each.name]),
                lambda each: beside.make(relations[each.name]),
            ],
        )
    finally:
        beside.close()


def _unread_by_wide(
    planned: Sequence[Planned], relations: Mapping[str, SqlFile], made: _Made, task: Recomputing
) -> list[Planned]:
    """What no wide relation rests on, if one is made in whole: it can wait until that is there, and
    is written by one core and not by two.
    """
    wide = [each for each in planned if relations[each.name].made_from]
    if all(made.can_follow(task, relations[each.name]) for each in wide):
        return []
    needed = {each.name for each in wide}
    for each in reversed(planned):
        if each.name in needed:
            needed.update(each.reads)
    later = [each for each in planned if each.name not in needed and each.lane is None]
    while True:
        names = {each.name for each in later}
        # What is made before they are must not read them, and they rest on nothing made after.
        read = {name for each in planned if each.name not in names for name in each.reads}
        kept = [
            each
            for each in later
            if each.name not in read and set(each.reads) & relations.keys() <= needed | names
        ]
        if len(kept) == len(later):
            return later
        later = kept


class _Beside:
    """A second engine, for the relations that are made beside those of the first. It is opened by
    the thread that uses it first, and one at a time uses it.
    """

    def __init__(self, made: _Made, main: Recomputing) -> None:
        self._made, self._main = made, main
        self._task: Recomputing | None = None
        self._touched: Touched | None = None
        self._lock = Lock()

    def make(self, sql: SqlFile) -> None:
        with self._lock:
            if self._task is None:
                self._open()
            self._made.make(self._task, self._touched, sql)

    def _open(self) -> None:
        plan, home = self._made.plan, self._main.home
        engine = Engine(home.lake, threads=1, memory_limit=BESIDE_MEMORY)
        self._task = replace(
            self._main, engine=engine, made=(), kept={}, kept_days=None, kept_facts=None
        )
        find_news(home, engine, plan.before, plan.bases, plan.losses)
        self._task.make_once(("identity_link",))
        self._touched = self._made.touched(self._task)

    def close(self) -> None:
        if self._task is not None:
            self._task.engine.close()


def fold(
    home: Home,
    now: datetime,
    above: float,
    lease: Lease | None = None,
    packages: Sequence[str] | None = None,
) -> list[str]:
    """The relations whose recent rows, more than `above` of their base, are part of it now.

    They say the same as before, and are published as another version. Raises as `refresh` does.
    """
    derived = derived_relations(sql_packages(packages))
    with lake_writer(home, "fold", part="derived", lease=lease, wait_seconds=WAIT_S):
        before = _usable(home, read_manifest(home))
        if before is None:
            return []
        published = _published(before, derived)
        engine = Engine(home.lake, memory_limit=MEMORY)
        stored = DerivedTables(home, engine, dict(before.versions), published)
        try:
            folded = fold_recent(stored, list(derived.values()), above)
            stored.seal()
        finally:
            engine.close()
        if folded:
            number, versions = before.number + 1, stored.versions
            publish(home, replace(before, number=number, published_at=now, versions=versions))
        return folded


def _follow(
    task: Recomputing, sql: SqlFile, touched: Touched, changes: Mapping[str, Change]
) -> tuple[Change, str]:
    """Make again what the changes in the relations that `sql` reads ask for, and the day."""
    news = touched.news
    reads = stored_reads(sql, task.derived)
    bases = {name for name in reads if name in news.changed}
    upstream = [changes[name] for name in reads if name in changes and changes[name].rows]
    if any(name in news.recounted for name in reads):
        return whole(task, sql), "whole"
    turned = turned_accounts(task, sql, touched.before.today)
    if not bases and not upstream and not turned:
        return Change(0, set(), set()), "kept"
    is_of_one = upstream and not bases and len(reads) == 1
    if is_of_one and can_merge(task, sql, upstream[0].days):
        [change] = upstream
        change = by_merging(task, sql, change.accounts, change.days)
        return change, f"{len(upstream[0].accounts)} accounts, merged"
    if sql.refresh == "by account" and all(each.accounts is not None for each in upstream):
        accounts = touched.accounts(bases).union(turned, *(each.accounts for each in upstream))
        return by_account(task, sql, accounts, reads), f"{len(accounts)} accounts"
    if sql.refresh == "by day" and all(each.days is not None for each in upstream):
        days = _days(task, sql, touched, bases)
        if days is not None:
            days = days.union(*(each.days for each in upstream))
            return by_day(task, sql, days), f"{len(days)} days"
    return whole(task, sql), "whole"


def _days(task: Recomputing, sql: SqlFile, touched: Touched, bases: set[str]) -> set | None:
    """The days that news in the stored tables touches; None when nothing tells which."""
    if "billing_fact" in bases:
        return None
    days: set = touched.days_of_events() if "event" in bases else set()
    if bases & LINK_KEYS.keys():
        told = task.derived[sql.days_told_by] if sql.days_told_by else sql
        names = {column.name for column in told.columns}
        source = published_source(task.home, told, task.published.get(derived_table(told)))
        if not {"account_id", "person_id"} <= names or source is None:
            return None
        days = days | touched.days_of_links(source)
    return days


def _usable(home: Home, before: Manifest | None) -> Manifest | None:
    """The last manifest, if its tables are still there; after a restore they may be others."""
    try:
        for name, version in (before.versions if before else {}).items():
            files_at(home, name, version)
    except (DeltaError, FileNotFoundError):
        return None
    return before


def _is_current(before: Manifest, bases: Mapping[str, int], digests: Mapping[str, str]) -> bool:
    same = {name: version for name, version in before.versions.items() if name in STORED}
    return same == bases and before.digests == digests


def _published(before: Manifest | None, derived: Mapping[str, SqlFile]) -> dict[str, int]:
    """Versions of derived tables that are published and still wanted in this layout."""
    if before is None:
        return {}
    wanted = {derived_table(sql) for sql in derived.values() if sql.is_stored}
    return {name: version for name, version in before.versions.items() if name in wanted}

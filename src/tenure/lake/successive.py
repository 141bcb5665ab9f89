"""Relations as of one past time after the other, each brought up from the one before.

    with successive(home, ["account_known", "card_standing"]) as past:
        for as_of in mornings:                                   # never backwards
            past.bring_to(as_of)
            past.rows("card_standing", ["account_id", "status"])

They say what `reading(home, as_of)` says. That makes each past state from all that was known by
then; from one morning to the next little becomes known, so here a state follows from the last one
as a refresh follows news: rows by day for the days of which anything new was said, rows by account
for the accounts that it touches, and what names the day itself anew. A relation is brought up when
it is asked for. Nothing is written; all is held in memory, or spilled.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa

from tenure.base.errors import BadDefinition
from tenure.base.home import Home
from tenure.kit.sql_file import SqlFile, load
from tenure.lake.engine import DEFAULT_MEMORY, Engine, Source
from tenure.lake.given import Given
from tenure.lake.known_ahead import KnownAhead, Learned, listed_days
from tenure.lake.made_by import in_order
from tenure.lake.reading import (
    company_day,
    derived_relations,
    pinned,
    sql_packages,
    standing_params,
    stored_source,
)
from tenure.lake.views import ROW

BY_DAY, BY_ACCOUNT = "by day", "by account"
TOLD_BY = "event_day"  # has a row for whatever anybody did
REMADE_MOST = 12  # rows that were deleted are still read past until their table is written anew
_TOUCHED = "account_id in (select account_id from touched_account)"


@dataclass(slots=True)
class _Behind:
    """What a relation does not say yet: of which days or accounts, or nothing right at all."""

    is_whole: bool = True
    days: set[date] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return self.is_whole or bool(self.days) or bool(self.accounts)


class Successive:
    """What `successive` yields. `wanted` are the relations that will be asked for."""

    def __init__(
        self, home: Home, engine: Engine, known: KnownAhead, wanted: Sequence[str], given: Given
    ) -> None:
        self._home, self._engine, self._known = home, engine, known
        derived = derived_relations(sql_packages(None))
        self._needed = _needed(derived, wanted, given)
        self._told_by = ""
        if any(sql.refresh == BY_DAY for sql in self._needed.values()):
            self._needed = _needed(derived, [TOLD_BY, *wanted], given)
            self._told_by = TOLD_BY
        read = {name for sql in self._needed.values() for name in sql.reads}
        self._kept = {name for name, sql in self._needed.items() if name in read or _goes_on(sql)}
        self._behind = {name: _Behind() for name in self._needed}
        self._few = engine.beside()  # where names stand for the rows of touched accounts alone
        self._hidden: set[str] = set()
        self._remade: Counter[str] = Counter()
        self._touched: frozenset[str] | None = None
        self._at: datetime | None = None
        self._params: Mapping[str, object] = {}
        for name in given.among(sorted(read)):
            engine.register(f"{name}_given", given.rows(name))
            engine.create_table(name, f"select * from {name}_given", {})  # noqa: S608 - a relation's name

    def bring_to(self, as_of: datetime) -> None:
        """Let the relations say what was known at `as_of`, which is no earlier than the last."""
        if self._at == as_of:
            return
        assert self._at is None or self._at < as_of, f"{as_of} is before {self._at}"
        self._params = standing_params(self._home, company_day(self._home, as_of))
        learned = None
        if self._at is not None:
            if self._told_by:
                self._bring_up(self._told_by)
            learned = self._known.go_on(as_of, self._told_by)
        self._at = as_of
        if learned is None:
            self._known.begin(as_of)
            self._behind = {name: _Behind() for name in self._needed}
        else:
            self._fall_behind(learned)

    def rows(self, name: str, columns: Sequence[str]) -> list[tuple]:
        """Some columns of one of the relations that were wanted, in no order."""
        sql = self._needed[name]
        self._bring_up(name)
        is_kept = name in self._kept
        read, params = (name, {}) if is_kept else (f"({sql.text})", self._params_of(sql))
        return self._engine.rows(f"select {', '.join(columns)} from {read}", params)  # noqa: S608

    def close(self) -> None:
        self._few.close()

    def _fall_behind(self, learned: Learned) -> None:
        """Note of each relation what it has to catch up with."""
        changed = set(learned.of)
        accounts = {table: set(found) for table, found in learned.of.items()}
        for name, sql in self._needed.items():
            reads = {read.removesuffix(ROW) for read in sql.reads} & changed
            behind = self._behind[name]
            if not reads and "today" not in sql.params:
                continue
            changed.add(name)
            if sql.refresh == BY_DAY:
                behind.days |= learned.days
                accounts[name] = set().union(*(accounts.get(read, set()) for read in reads))
            elif _follows(sql) and all(accounts.get(read) is not None for read in reads):
                accounts[name] = set().union(*(accounts[read] for read in reads))
                behind.accounts |= accounts[name]
            else:
                behind.is_whole = True

    def _bring_up(self, name: str) -> None:
        """Let a relation say what it has to say now, after those that it reads."""
        behind = self._behind.get(name)
        if not behind:
            return
        sql = self._needed[name]
        for read in sql.reads:
            self._bring_up(read)
        self._behind[name] = _Behind(is_whole=False)
        if name not in self._kept:
            return
        if "event" in sql.reads and (behind.is_whole or not behind.days):
            self._known.show_events()
        if behind.is_whole:
            self._engine.create_table(name, sql.text, self._params_of(sql))
        elif behind.days:
            self._remake_days(sql, behind.days)
        else:
            self._remake_accounts(sql, frozenset(behind.accounts))

    def _remake_days(self, sql: SqlFile, days: Collection[date]) -> None:
        on = f"day in ({listed_days(sorted(days))})"
        if "event" in sql.reads:
            self._known.show_events_of(days)
        self._engine.rows(f"delete from {sql.name} where {on}")  # noqa: S608 - days of our own
        self._insert(self._engine, sql, on)

    def _remake_accounts(self, sql: SqlFile, accounts: frozenset[str]) -> None:
        self._touch(accounts)
        for name in {"billing_fact", *self._kept}.intersection(sql.reads) - self._hidden:
            self._hide(name)
        self._engine.rows(f"delete from {sql.name} where {_TOUCHED}")  # noqa: S608 - names of our own
        self._insert(self._few, sql, _TOUCHED)

    def _touch(self, accounts: frozenset[str]) -> None:
        """Let `touched_account` stand for these, and all that the second connection reads."""
        if self._touched == accounts:
            return
        ids = pa.table({"account_id": pa.array(sorted(accounts), pa.string())})
        self._engine.register("touched_given", ids)
        self._engine.create_table("touched_account", "select * from touched_given", {})
        self._engine.create_table("touched_key", load("tenure.lake", "key_of_account").text, {})
        self._touched = accounts

    def _hide(self, name: str) -> None:
        """Let the second connection see the rows of touched accounts alone."""
        self._hidden.add(name)
        where = "account_key in (select raw_id from touched_key)"
        if name != "billing_fact":
            columns = {column.name for column in self._needed[name].columns}
            if "account_id" not in columns:
                return
            where = _TOUCHED
        self._few.create_view(name, f"select * from memory.main.{name} where {where}", hides=True)  # noqa: S608,E501

    def _insert(self, engine: Engine, sql: SqlFile, where: str) -> None:
        columns = ", ".join(column.name for column in sql.columns)
        rows = f"select {columns} from (\n{sql.text}\n) where {where}"  # noqa: S608
        into = f"memory.main.{sql.name} ({columns})"
        engine.rows(f"insert into {into} {rows}", self._params_of(sql))
        self._remade[sql.name] += 1
        if self._remade[sql.name] >= REMADE_MOST:
            del self._remade[sql.name]
            self._engine.create_table(sql.name, f"select * from {sql.name}", {})  # noqa: S608

    def _params_of(self, sql: SqlFile) -> dict[str, object]:
        return {name: self._params[name] for name in sql.params}


@contextmanager
def successive(
    home: Home,
    wanted: Sequence[str],
    *,
    given: Given | None = None,
    memory_limit: str = DEFAULT_MEMORY,
) -> Iterator[Successive]:
    """The relations `wanted`, and what they read, as of times that are named one after the other.
    Kept from vacuums while the block runs. `given` has what the installation gives, for who has
    read it already. Raises BadDefinition for a relation that nobody knows.
    """
    with pinned(home, newest=True) as (_, versions):
        engine = Engine(home.lake, threads=1, memory_limit=memory_limit)
        try:

            def stored(table: str) -> Source:
                return stored_source(home, table, versions.get(table))

            known = KnownAhead(engine, stored, home.company.time_zone)
            past = Successive(home, engine, known, wanted, given or Given(home))
            try:
                yield past
            finally:
                past.close()
                known.close()
        finally:
            engine.close()


def _goes_on(sql: SqlFile) -> bool:
    """Whether it is brought up in parts; what is not, and is read by nothing else, is made of the
    columns alone that are asked for.
    """
    return sql.refresh == BY_DAY or _follows(sql)


def _follows(sql: SqlFile) -> bool:
    """Whether its rows of an account follow from what is said of that account, on any day."""
    return sql.refresh == BY_ACCOUNT and "today" not in sql.params


def _needed(
    derived: Mapping[str, SqlFile], wanted: Sequence[str], given: Given
) -> dict[str, SqlFile]:
    """The relations, and all that they read, each after what it reads."""
    names: set[str] = set()

    def add(name: str) -> None:
        if name in derived and name not in names:
            names.add(name)
            for read in derived[name].reads:
                add(read)

    for name in wanted:
        if name not in derived:
            raise BadDefinition(f"{name!r} is none of the relations {', '.join(sorted(derived))}")
        add(name)
    return {sql.name: sql for sql in in_order(derived, given.names()) if sql.name in names}

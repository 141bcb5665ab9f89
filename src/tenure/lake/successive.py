"""Relations as of one past time after the other, each brought up from the one before.

    with successive(home, {"card_standing": ["account_id", "status"]}) as past:
        for as_of in mornings:                                        # never backwards
            past.bring_to(as_of)
            past.rows("card_standing", ["account_id", "status"])

They say what `reading(home, as_of)` says, of the columns that are `wanted`. That makes each past
state from all that was known by then; from one morning to the next little becomes known, so here a
state follows from the last one as a refresh follows news: rows by day for the days of which
anything new was said, what merges days with those days, rows by account for the accounts that it
touches, and what names the day itself anew. A relation is brought up when it is asked for. Nothing
is written; all is held in memory, or spilled.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tenure.base.home import Home
from tenure.kit.sql_file import First, SqlFile, load
from tenure.lake.asked import asked_for, key_of
from tenure.lake.engine import DEFAULT_MEMORY, Engine, Source
from tenure.lake.given import Given
from tenure.lake.known_ahead import ALL_HELD_MOST, KnownAhead, Learned, listed_days
from tenure.lake.merging import DAYS_MAX, merged_parts
from tenure.lake.reading import (
    company_day,
    derived_relations,
    pinned,
    sql_packages,
    standing_params,
    stored_source,
)
from tenure.lake.views import ROW

Wanted = Mapping[str, Sequence[str]]  # by relation the columns of it that will be asked for
BY_DAY, BY_ACCOUNT = "by day", "by account"
TOLD_BY = "event_day"  # has a row for whatever anybody did
GONE_MOST = 65_536  # rows that were deleted are still read past until their table is written anew
_TOUCHED = "account_id in (select account_id from touched_account)"
# What the days that are made anew said before, and say now; and the accounts of either.
_WENT, _CAME = "said_by_days_before", "said_by_days_now"
_OF_DAYS = "account_id in (select account_id from merged_account)"
_ACCOUNTS_OF_DAYS = f"select account_id from {_WENT} union select account_id from {_CAME}"  # noqa: S608


@dataclass(slots=True)
class _Behind:
    """What a relation does not say yet: of which days or accounts, or nothing right at all. No
    merge brings up the accounts of `anew`, which are some of `accounts`.
    """

    is_whole: bool = True
    days: set[date] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    anew: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return self.is_whole or bool(self.days) or bool(self.accounts)


class Successive:
    """What `successive` yields. `wanted` are the relations that will be asked for."""

    def __init__(
        self, home: Home, engine: Engine, known: KnownAhead, wanted: Wanted, given: Given
    ) -> None:
        self._home, self._engine, self._known = home, engine, known
        derived = derived_relations(sql_packages(None))
        self._needed = asked_for(wanted, derived, given)
        self._told_by = ""
        if any(sql.refresh == BY_DAY for sql in self._needed.values()):
            self._needed = asked_for({TOLD_BY: [], **wanted}, derived, given)
            self._told_by = TOLD_BY
        read = {name for sql in self._needed.values() for name in sql.reads}
        self._kept = {name for name, sql in self._needed.items() if name in read or _goes_on(sql)}
        self._behind = {name: _Behind() for name in self._needed}
        self._few = engine.beside()  # where names stand for the rows of touched accounts alone
        self._hidden: set[str] = set()
        self._gone: Counter[str] = Counter()
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
                behind.days |= learned.days
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
        if "event" in sql.reads and (behind.is_whole or sql.refresh != BY_DAY):
            self._known.show_events()
        if behind.is_whole:
            self._create(sql, sql.text, self._params_of(sql))
        elif sql.refresh == BY_DAY:
            self._remake_days(sql, behind.days)
        elif sql.first and behind.days and key_of(sql):
            self._touch(frozenset(behind.accounts))
            self._look_for_first(sql, sql.first, min(behind.days))
        else:
            self._remake_accounts(sql, frozenset(behind.accounts))

    def _remake_days(self, sql: SqlFile, days: Collection[date]) -> None:
        """Those days anew; what merges them with all others follows at once where they are few."""
        on = f"day in ({listed_days(sorted(days))})"
        merging = [each for each in self._merging_of(sql.name) if not self._behind[each].is_whole]
        is_merged = bool(merging) and len(days) <= DAYS_MAX
        if "event" in sql.reads:
            self._known.show_events_of(days)
        if is_merged:
            self._engine.create_table(_WENT, f"select * from {sql.name} where {on}", {})  # noqa: S608
        self._delete(sql.name, on)
        self._insert(self._engine, sql, on)
        if is_merged:
            self._engine.create_table(_CAME, f"select * from {sql.name} where {on}", {})  # noqa: S608
            self._engine.create_table("merged_account", _ACCOUNTS_OF_DAYS, {})
        for name in merging:
            behind = self._behind[name]
            if is_merged:
                behind.anew |= self._merge(self._needed[name], sql.name)
                behind.accounts = set(behind.anew)
            else:
                behind.anew = set(behind.accounts)

    def _merging_of(self, told_by: str) -> list[str]:
        kept = (self._needed[name] for name in sorted(self._kept))
        return [sql.name for sql in kept if sql.merges and sql.reads == (told_by,)]

    def _merge(self, sql: SqlFile, told_by: str) -> set[str]:
        """Put some days into the rows of a relation. Returns the accounts where that cannot be."""

        def said(days: str) -> str:
            its_days = f"with {told_by} as (select * from {days})"  # noqa: S608 - names of our own
            return f"({its_days} select * from ({sql.text}) where {_OF_DAYS})"  # noqa: S608

        stored = f"(select * from {sql.name} where {_OF_DAYS})"  # noqa: S608 - as above
        self._engine.create_table("merged", merged_parts(sql, stored, said(_WENT), said(_CAME)), {})
        self._delete(sql.name, _OF_DAYS)
        columns = ", ".join(column.name for column in sql.columns)
        self._put(self._engine, sql, f"select {columns} from merged where is_there", {})  # noqa: S608
        unsure = self._engine.rows("select distinct account_id from merged where is_unsure")
        return {account_id for (account_id,) in unsure}

    def _remake_accounts(self, sql: SqlFile, accounts: frozenset[str]) -> None:
        self._touch(accounts)
        for name in {"billing_fact", *self._kept}.intersection(sql.reads) - self._hidden:
            self._hide(name)
        self._delete(sql.name, _TOUCHED)
        self._insert(self._few, sql, _TOUCHED)

    def _look_for_first(self, sql: SqlFile, first: First, since: date) -> None:
        """What was first before these days stays; others are looked for in them and the days back
        from them.
        """
        select = f"select max({first.back_column}) from {first.back_relation}"  # noqa: S608
        [(back_days,)] = self._engine.rows(select)
        begins = since - timedelta(days=back_days or 0)
        for name in self._kept.intersection(sql.reads):
            if self._needed[name].refresh == BY_DAY:
                days = f"where {_TOUCHED} and day >= date '{begins}'"
                its_days = f"select * from memory.main.{name} {days}"  # noqa: S608 - a relation
                self._few.create_view(name, its_days, hides=True)
                self._hidden.discard(name)
        self._delete(sql.name, f"{_TOUCHED} and {first.column} >= date '{since}'")
        key = ", ".join(key_of(sql))
        stays = f"select {key} from memory.main.{sql.name} where {_TOUCHED}"  # noqa: S608
        self._insert(self._few, sql, f"{_TOUCHED} and ({key}) not in ({stays})")

    def _touch(self, accounts: frozenset[str]) -> None:
        """Let `touched_account` stand for these, and all that the second connection reads."""
        if self._touched == accounts:
            return
        ids = {"ids": sorted(accounts)}
        self._engine.create_table("touched_account", "select unnest($ids) as account_id", ids)
        if self._touched is None:  # of the links as they will be when it is read
            self._engine.create_view("touched_key", load("tenure.lake", "key_of_account").text)
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
        self._put(engine, sql, rows, self._params_of(sql))

    def _put(self, engine: Engine, sql: SqlFile, rows: str, params: dict[str, object]) -> None:
        columns = ", ".join(column.name for column in sql.columns)
        engine.rows(f"insert into memory.main.{sql.name} ({columns}) {rows}", params)
        if self._gone[sql.name] > GONE_MOST:
            del self._gone[sql.name]
            self._create(sql, f"select * from {sql.name}", {})  # noqa: S608 - a relation's name

    def _delete(self, name: str, where: str) -> None:
        [(rows,)] = self._engine.rows(f"delete from {name} where {where}")  # noqa: S608 - as above
        self._gone[name] += rows

    def _create(self, sql: SqlFile, rows: str, params: dict[str, object]) -> None:
        """All rows of it, by day where some days of them are asked for again and again."""
        if sql.refresh == BY_DAY:
            rows = f"select * from ({rows}) order by day"  # noqa: S608 - no input
        self._engine.create_table(sql.name, rows, params)

    def _params_of(self, sql: SqlFile) -> dict[str, object]:
        return {name: self._params[name] for name in sql.params}


@contextmanager
def successive(
    home: Home,
    wanted: Wanted,
    *,
    given: Given | None = None,
    memory_limit: str = DEFAULT_MEMORY,
    all_held_most: int = ALL_HELD_MOST,
) -> Iterator[Successive]:
    """These columns of the relations `wanted`, as of times that are named one after the other.
    Kept from vacuums while the block runs. `given` has what the installation gives, for who has
    read it already; up to `all_held_most` events are held from the first on. Raises BadDefinition
    for a relation that nobody knows.
    """
    with pinned(home, newest=True) as (_, versions):
        engine = Engine(home.lake, threads=1, memory_limit=memory_limit)
        try:

            def stored(table: str) -> Source:
                return stored_source(home, table, versions.get(table))

            known = KnownAhead(engine, stored, home.company.time_zone, all_held_most)
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

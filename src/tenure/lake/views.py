"""What each relation's name stands for on one engine: made when it is first needed, with all
that it reads.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from tenure.base.errors import BadDefinition
from tenure.kit.sql_file import SqlFile, load
from tenure.lake.engine import Engine, Source, instant, select_from
from tenure.lake.given import Given
from tenure.lake.lanes import Planned
from tenure.lake.relations import LINK_KEYS, STORED

ROW = "_row"
_KEPT = "_kept"
# Which rows of a relation count, by its name: those of any part, each a list of conditions.
Narrow = Callable[[str], list[list[str]]]
# What has to be past for a stored row to be known: see `as_of` in docs/architecture.md.
_KNOWN_BY = {
    "event": ("known_at", "occurred_at"),
    "billing_fact": ("known_at",),
    "identity_link": ("changed_at",),
    "membership_link": ("changed_at",),
}


class Views:
    """The relations that statements on `engine` may read.

    `stored` gives the source of a stored table, `published` that of a derived relation or None
    when it has to be computed here. `narrow` says which rows of a stored table or derived relation
    count: those of any of its parts, each a list of conditions, and all when it gives no part;
    `keeps` what is narrowed is read once and held. `made` names relations that are on the engine
    already, and `given` has the rows that the installation gives.
    """

    def __init__(
        self,
        engine: Engine,
        stored: Callable[[str], Source],
        published: Callable[[SqlFile], Source | None],
        derived: Mapping[str, SqlFile],
        params: Mapping[str, object],
        *,
        as_of: datetime | None = None,
        narrow: Narrow = lambda name: [],
        keeps: bool = False,
        made: Iterable[str] = (),
        given: Given | None = None,
    ) -> None:
        self._engine = engine
        self._stored = stored
        self._published = published
        self._derived = derived
        self._params = params
        self._as_of = as_of
        self._narrow = narrow
        self._keeps = keeps
        self._placed: dict[str, str] = {}
        self._made: set[str] = set(made)
        self._given = given

    def narrowed(self, narrow: Narrow, made: Iterable[str], *, keeps: bool = True) -> "Views":
        """The same relations with few rows, which are held if it `keeps` them; those in `made` are
        there already.
        """
        return Views(
            self._engine,
            self._stored,
            self._published,
            self._derived,
            self._params,
            as_of=self._as_of,
            narrow=narrow,
            keeps=keeps,
            made=made,
            given=self._given,
        )

    @property
    def is_past(self) -> bool:
        """Whether these are relations as of a time, of which none is published."""
        return self._as_of is not None

    def lately(self, days: int, made: Iterable[str]) -> "Views":
        """These relations of the past as they follow from the last `days` days of it, today
        included; relations in `made` are there already.
        """
        assert self._as_of is not None, "what is published was made from all days"
        # Two days to spare, for any zone.
        since = self._as_of - timedelta(days=days + 2)
        happened = [f"occurred_at >= {instant(since)}", f"occurred_month >= '{_month(since)}'"]
        narrow = {"event": [happened]}
        return self.narrowed(lambda name: narrow.get(name, []), made, keeps=False)

    def state(self) -> Hashable:
        """What relations follow from, beside their text: the same state gives the same rows, but
        for relations that the installation gives. Events of later months change nothing then.
        """
        files = {table: self._stored(table).files for table in STORED}
        if self._as_of is not None:
            files["event"] = tuple(path for path in files["event"] if self._may_be_past(path))
        params = tuple(sorted(self._params.items()))
        return tuple(files.items()), self._as_of, params

    def _may_be_past(self, path: str) -> bool:
        _, _, month = path.rpartition("occurred_month=")
        return month[:7] <= _month(self._as_of)

    def is_published(self, sql: SqlFile) -> bool:
        """Whether the rows of a derived relation are stored, and need not be computed here."""
        return sql.is_stored and self._published(sql) is not None

    def has(self, name: str) -> None:
        """Say that the engine has this relation already."""
        self._made.add(name)

    def keep(self, names: Iterable[str]) -> None:
        """Make relations of links once, as tables, because they are asked for again and again."""
        for name in names:
            sql = load("tenure.lake", name)
            self.need(sql.reads, sql.path)
            self._engine.create_table(name, sql.text, {})
            self._made.add(name)

    def need(self, names: Iterable[str], reader: str = "a query") -> None:
        """Make the relations `names` and all that they read. Raises BadDefinition if unknown."""
        planned: list[Planned] = []
        self._plan(names, reader, planned)
        if planned:
            self._engine.create_tables(planned)

    def _plan(self, names: Iterable[str], reader: str, planned: list[Planned]) -> None:
        """Make what is stored or given, and list what has to be computed, each after its reads."""
        for name in names:
            if name in self._made:
                continue
            sql = self._derived.get(name)
            if sql is None or self.is_published(sql):
                self._make(name, reader)
            else:
                self._plan(sql.reads, sql.path, planned)
                params = {name: self._params[name] for name in sql.params}
                planned.append(Planned(name, sql.text, params, sql.reads))
            self._made.add(name)

    def _make(self, name: str, reader: str) -> None:
        if name.endswith(ROW) and name.removesuffix(ROW) in STORED:
            self._make_rows(name.removesuffix(ROW))
        elif name == "correction":
            self._make_correction()
        elif name == "event":
            self._make_event()
        elif name == "billing_fact" or name in LINK_KEYS:
            sql = load("tenure.lake", name)
            self.need(sql.reads, sql.path)
            self._engine.create_view(name, sql.text)
        elif name in self._derived:
            self._place(name, name, self._published(self._derived[name]))
        elif self._given is not None and self._given.among([name]):
            self._engine.register(name, self._given.rows(name))
        else:
            given = self._given.names() if self._given is not None else []
            known = ", ".join(sorted({*STORED, *self._derived, *given}))
            raise BadDefinition(f"{reader} reads {name!r}, which is none of the relations {known}")

    def _make_correction(self) -> None:
        """From all events, however few the others are narrowed to: who corrects may say less."""
        self._engine.create_view("event" + ROW, self._select("event", self._stored("event"), []))
        sql = load("tenure.lake", "correction")
        self._engine.create_table(sql.name, sql.text, {})
        if "event" + ROW in self._placed:
            self._engine.create_view("event" + ROW, self._placed["event" + ROW])

    def _make_rows(self, table: str) -> None:
        self._place(table + ROW, table, self._stored(table))

    def _place(self, name: str, table: str, source: Source) -> None:
        parts = self._narrow(table)
        select = " union all ".join(self._select(table, source, part) for part in parts or [[]])
        if parts and self._keeps:
            self._engine.create_table(name + _KEPT, select, {})
            select = f"select * from {name + _KEPT}"  # noqa: S608 - a relation's name
        self._engine.create_view(name, select)
        self._placed[name] = select

    def _select(self, table: str, source: Source, part: list[str]) -> str:
        where = list(part)
        if self._as_of is not None and table in _KNOWN_BY:
            where += [f"{column} <= {instant(self._as_of)}" for column in _KNOWN_BY[table]]
            if table == "event":
                where.append(f"occurred_month <= '{_month(self._as_of)}'")
        return select_from(source, where)

    def _make_event(self) -> None:
        """Without corrections, which is nearly always, no row has to be looked up."""
        sql = load("tenure.lake", "event")
        self.need(sql.reads, sql.path)
        [(corrections,)] = self._engine.rows("select count(*) from correction")
        plain = "select * from event_row"
        self._engine.create_view("event", sql.text if corrections else plain)


def _month(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m")

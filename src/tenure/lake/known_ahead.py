"""The base rows of a stretch of time, as what became known goes on: for `successive.py`.

What is small is held whole: billing facts, links, which events correct others, and events where
there are few. Of many events a month or so is held at a time; days before that are read from the
files when something new is said of them.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenure.kit.sql_file import load
from tenure.lake.engine import Engine, Source, instant, quoted, select_from
from tenure.lake.relations import LINK_KEYS

HELD = timedelta(days=64)
ANEW_AFTER = 30
BEFORE = timedelta(days=9)  # that much of what happened before is held as well
ALL_HELD_MOST = 400_000  # events: so many are held from the first on, and no file is opened again
_KNOWN_BY = {"billing_fact": "known_at", "identity_link": "changed_at", "membership_link": "changed_at"}  # fmt: skip # noqa: E501
_KNOWN = "greatest(known_at, occurred_at)"


@dataclass(frozen=True, slots=True)
class Learned:
    """`of` has the accounts of which each base table says something else now; `days` are those on
    which something else happened than was known.
    """

    of: dict[str, set[str]]
    days: set[date]


class KnownAhead:
    """What was known at a time and at later ones, on an engine.

    Makes `billing_fact_row`, `billing_fact`, `identity_link`, `membership_link`, `correction`,
    `event` and `event_row` say what was known then, after `begin` or `go_on`.
    """

    def __init__(
        self,
        engine: Engine,
        stored: Callable[[str], Source],
        zone: str,
        all_held_most: int = ALL_HELD_MOST,
    ) -> None:
        self._engine, self._stored, self._zone = engine, stored, zone
        self._few = engine.beside()  # where a name may stand for fewer rows
        self._at = datetime.min.replace(tzinfo=UTC)
        self._held_since = self._held_until = self._at
        self._facts_gone_on = 0
        for table in _KNOWN_BY:
            engine.create_table(f"{table}_ahead", select_from(stored(table)), {})
        corrects = ["corrects is not null", "corrects <> message_id"]
        correcting = select_from(stored("event"), corrects)
        known_by = f"select *, {_KNOWN} as known_by from ({correcting})"  # noqa: S608 - no input
        engine.create_table("correcting", known_by, {})
        self._times = {table: self._known_times(f"{table}_ahead", by) for table, by in _KNOWN_BY.items()}  # fmt: skip # noqa: E501
        self._corrected_at = self._known_times("correcting", "known_by")
        [(events,)] = engine.rows(f"select count(*) from ({select_from(stored('event'))})")  # noqa: S608
        self._holds_all = events <= all_held_most

    def begin(self, at: datetime) -> None:
        """Everything as it was known at a time, read anew."""
        self._at = at
        for table in _KNOWN_BY:
            self._show(table)
        known = [f"known_at <= {instant(at)}", f"occurred_at <= {instant(at)}"]
        known.append(f"occurred_month <= '{at.astimezone(UTC):%Y-%m}'")
        self._engine.create_view("event_row", select_from(self._stored("event"), known))
        corrections = "select distinct source, corrects as message_id from correcting"
        until = f"where known_by <= {instant(at)}"
        self._engine.create_table("correction", f"{corrections} {until}", {})
        is_plain = not bisect_right(self._corrected_at, at)
        event = "select * from event_row" if is_plain else load("tenure.lake", "event").text
        self._engine.create_view("event", event)

    def go_on(self, at: datetime, told_by: str) -> Learned | None:
        """On to a later time: what was learned since. None where events were corrected meanwhile;
        then `begin` anew. `told_by` is the relation by day whose rows tell on which days somebody
        did something, "" where none is asked for.
        """
        since, self._at = self._at, at
        if bisect_right(self._corrected_at, at) != bisect_right(self._corrected_at, since):
            return None
        tables = {name for name, times in self._times.items() if bisect_right(times, at) != bisect_right(times, since)}  # fmt: skip # noqa: E501
        of: dict[str, set[str]] = {}
        days: set[date] = set()
        links = tables & LINK_KEYS.keys()
        if links:
            self._compare_links(links)
            if told_by:
                self._engine.create_view("published", f"select * from {told_by}")  # noqa: S608
                days |= self._column("day_of_link_change")
            of |= dict.fromkeys(links, self._column("account_of_link_change"))
        if "billing_fact" in tables:
            self._go_on_with_facts(since)
            of["billing_fact"] = self._column("account_of_fact_news")
        self._hold_events(since, at)
        news = f"known_by > {instant(since)} and known_by <= {instant(at)}"
        touched = "source, message_id, occurred_at, account_key, person_raw_id"
        rows = f"select {touched} from event_arriving where {news}"  # noqa: S608 - instants
        self._engine.create_table("touched_event", rows, {})
        happened = self._column("day_of_event_news", time_zone=self._zone)
        if happened:
            days |= happened
            of["event"] = self._column("account_of_event_news")
        return Learned(of, days)

    def close(self) -> None:
        self._few.close()

    def show_events_of(self, days: Iterable[date]) -> None:
        """Let `event_row` have what is known of some days of the company alone."""
        listed = sorted(days)
        zone = ZoneInfo(self._zone)
        first, after = (
            datetime.combine(day, time(), zone).astimezone(UTC)
            for day in (listed[0], listed[-1] + timedelta(days=1))
        )
        local = f"(occurred_at at time zone {quoted(self._zone)})::date"
        known = [f"known_at <= {instant(self._at)}", f"occurred_at <= {instant(self._at)}"]
        known += [f"occurred_at >= {instant(first)}", f"occurred_at < {instant(after)}"]
        known.append(f"{local} in ({listed_days(listed)})")
        if first >= self._held_since:
            select = f"select * from event_held where {' and '.join(known)}"  # noqa: S608 - days and instants of our own
        else:
            months = {f"{day:%Y-%m}" for each in listed for day in (each - timedelta(days=1), each, each + timedelta(days=1))}  # fmt: skip # noqa: E501
            known.insert(0, f"occurred_month in ({', '.join(map(quoted, sorted(months)))})")
            select = select_from(self._stored("event"), known)
        self._engine.create_view("event_row", select)

    def show_events(self) -> None:
        """Let `event_row` have all that is known."""
        known = [f"known_at <= {instant(self._at)}", f"occurred_at <= {instant(self._at)}"]
        known.append(f"occurred_month <= '{self._at.astimezone(UTC):%Y-%m}'")
        self._engine.create_view("event_row", select_from(self._stored("event"), known))

    def _show(self, table: str) -> None:
        """What was known of facts or links, and what it came to."""
        self._show_rows(table)
        self._engine.create_table(table, load("tenure.lake", table).text, {})

    def _show_rows(self, table: str) -> None:
        known = f"{_KNOWN_BY[table]} <= {instant(self._at)}"
        self._engine.create_view(f"{table}_row", f"select * from {table}_ahead where {known}")  # noqa: S608

    def _go_on_with_facts(self, since: datetime) -> None:
        """The last word on each fact of which anything was said since."""
        self._show_rows("billing_fact")
        news = f"known_at > {instant(since)} and known_at <= {instant(self._at)}"
        rows = f"select * from billing_fact_ahead where {news}"  # noqa: S608 - instants of our own
        self._engine.create_table("billing_fact_news", rows, {})
        said = "(source, fact_key) in (select (source, fact_key) from billing_fact_news)"
        every = "select * from memory.main.billing_fact_row"
        self._few.create_view("billing_fact_row", f"{every} where {said}", hides=True)
        self._engine.rows(f"delete from billing_fact where {said}")  # noqa: S608 - no input
        text = load("tenure.lake", "billing_fact").text
        self._few.rows(f"insert into memory.main.billing_fact by name {text}")
        self._facts_gone_on += 1
        if self._facts_gone_on % ANEW_AFTER == 0:  # deleted rows are still read past until then
            self._engine.create_table("billing_fact", "select * from billing_fact", {})

    def _compare_links(self, changed: Collection[str]) -> None:
        """`identity_change` and `membership_change`, from what links said before and say now."""
        for table, (change, none, compared) in _CHANGES.items():
            if table in changed:
                self._engine.create_table(f"{table}_before", f"select * from {table}", {})  # noqa: S608
                self._show(table)
            self._engine.create_table(change, compared if table in changed else none, {})

    def _hold_events(self, since: datetime, at: datetime) -> None:
        """Events that are known by a month from now, so that each morning need not open files."""
        if at <= self._held_until:
            return
        held_before, self._held_until = self._held_until, max(at, since + HELD)
        ahead = [f"known_at <= {instant(self._held_until)}", f"occurred_at <= {instant(self._held_until)}"]  # fmt: skip # noqa: E501
        source = self._stored("event")
        arriving = select_from(source, [*ahead, f"{_KNOWN} > {instant(since)}"])
        if not self._holds_all:
            self._held_since = since - BEFORE
            month = f"{self._held_since.astimezone(UTC):%Y-%m}"
            lately = [f"occurred_month >= '{month}'", f"occurred_at >= {instant(self._held_since)}"]
            self._engine.create_table("event_held", select_from(source, [*lately, *ahead]), {})
        elif held_before == self._held_since:
            self._engine.create_table("event_held", select_from(source, ahead), {})
        else:
            more = select_from(source, [*ahead, f"{_KNOWN} > {instant(held_before)}"])
            self._engine.rows(f"insert into event_held {more}")
        columns = f"*, {_KNOWN} as known_by, coalesce(user_id, 'anon:' || anonymous_id) as person_raw_id"  # fmt: skip # noqa: E501
        listed = "source, message_id, occurred_at, account_key, person_raw_id, known_by"
        rows = f"select {listed} from (select {columns} from ({arriving}))"  # noqa: S608 - no input
        self._engine.create_table("event_arriving", rows, {})

    def _known_times(self, relation: str, column: str) -> list[datetime]:
        rows = self._engine.rows(f"select distinct {column} from {relation} order by 1")  # noqa: S608
        return [at for (at,) in rows]

    def _column(self, name: str, **params: object) -> set:
        text = load("tenure.lake", name).text
        return {value for (value,) in self._engine.rows(text, params) if value is not None}


def listed_days(days: Iterable[date]) -> str:
    """Days as literals, separated by commas."""
    return ", ".join(f"date '{day}'" for day in days)


_IDENTITY_CHANGE = """
    select
        coalesce(now.kind, before.kind) as kind,
        coalesce(now.raw_id, before.raw_id) as raw_id,
        coalesce(before.canonical_id, now.raw_id) as old_id,
        coalesce(now.canonical_id, before.raw_id) as new_id,
    from identity_link as now
    full join identity_link_before as before
        on  before.kind = now.kind
        and before.raw_id = now.raw_id
    where before.canonical_id is distinct from now.canonical_id
"""
_MEMBERSHIP_CHANGE = """
    (select person_id, account_id from membership_link
     except select person_id, account_id from membership_link_before)
    union
    (select person_id, account_id from membership_link_before
     except select person_id, account_id from membership_link)
"""
_CHANGES = {
    "identity_link": (
        "identity_change",
        "select '' as kind, '' as raw_id, '' as old_id, '' as new_id where false",
        _IDENTITY_CHANGE,
    ),
    "membership_link": (
        "membership_change",
        "select '' as person_id, '' as account_id where false",
        _MEMBERSHIP_CHANGE,
    ),
}

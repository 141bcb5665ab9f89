"""What was so of accounts at past moments, as far as plays ask: for replay.

Columns of a card are as they were in the morning of the company's day, from what was known then.
Events count up to the moment itself. Only the topics of the card that a play names are computed,
and only for the days that are asked for.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tenure.base.home import Home
from tenure.card.card_of import with_days
from tenure.card.catalogue import account_columns
from tenure.customers.models import Account
from tenure.customers.zones import zone_of
from tenure.kit.sql_file import load
from tenure.kit.wide_relation import Column
from tenure.lake.reading import reading
from tenure.lake.shipping import last_batch
from tenure.plays.moments import at_wall
from tenure.plays.parts import ACCOUNT
from tenure.proof.assignment import home_salt, point
from tenure.segments.condition import read_condition
from tenure.segments.counted import Count, counted_as_columns
from tenure.segments.known import columns_of
from tenure.segments.of_one_card import Asked, asked_of_one_card
from tenure.segments.vocabulary import Vocabulary

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Question:
    """A condition, ready to be asked: of which columns, and of which counts of events."""

    asked: Asked
    columns: tuple[str, ...]
    counts: Mapping[str, Count]


class Past:
    """The past of a home. `conditions` and `columns` are all that will be asked of it."""

    def __init__(self, home: Home, conditions: Sequence[str], columns: Iterable[str] = ()) -> None:
        self.home, self.conditions, self.columns = home, conditions, columns
        self.salt = home_salt()
        self._days: dict[date, dict[str, dict[str, object]]] = {}

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.home.company.time_zone)

    @cached_property
    def zones(self) -> dict[str, ZoneInfo]:
        """Which clock each account lives by, as it is known now: no day of it is kept."""
        rows = Account.objects.filter(merged_into="").values_list("pk", "traits")
        return {pk: zone for pk, traits in rows if (zone := zone_of(traits))}

    @cached_property
    def questions(self) -> dict[str, _Question]:
        return {text: _question(text) for text in self.conditions}

    @cached_property
    def events(self) -> dict[str, list[dict[str, Any]]]:
        """Every event of the names that are counted, by name, in the order of becoming known."""
        names = {count.event for each in self.questions.values() for count in each.counts.values()}
        return events_named(self.home, names)

    @cached_property
    def times(self) -> dict[tuple[str, str], list[datetime]]:
        """When each account did each of them."""
        found: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
        for name, rows in self.events.items():
            for row in rows:
                if row["account_id"]:
                    found[name, row["account_id"]].append(row["at"])
        return found

    def card(self, account_id: str, day: date) -> Values | None:
        """The columns that are asked for, as they were that morning; None without a card then."""
        if day not in self._days:
            self._days[day] = self._read(day)
        return self._days[day].get(account_id)

    def accounts(self, day: date) -> list[str]:
        """Who had a card that morning."""
        self.card("", day)
        return sorted(self._days[day])

    def holds(self, text: str, account_id: str, at: datetime) -> bool | None:
        """Whether a condition held of an account at a moment; None where it is not known."""
        question, day = self.questions[text], at.astimezone(self.zone).date()
        card = self.card(account_id, day)
        if card is None:
            return None
        counted = {
            name: self._count(count, account_id, at, day) for name, count in question.counts.items()
        }
        return question.asked({**card, **counted}, day, self.zone)

    def _count(self, count: Count, account_id: str, at: datetime, day: date) -> int | None:
        times = self.times.get((count.event, account_id), [])
        until = bisect_right(times, at)
        if count.days is None:
            return (day - times[until - 1].astimezone(self.zone).date()).days if until else None
        since = at_wall(day - timedelta(days=count.days - 1), time(), self.zone)
        return until - bisect_left(times, since)

    @cached_property
    def _wanted(self) -> dict[str, Column]:
        """The columns that are asked for, and those that they count days from."""
        known = account_columns()
        names = {name for each in self.questions.values() for name in each.columns}
        names |= set(self.columns)
        names |= {known[name].since or known[name].until for name in names if name in known}
        return {name: known[name] for name in sorted(names - {""}) if name in known}

    def _read(self, day: date) -> dict[str, dict[str, object]]:
        as_of = at_wall(day, time(), self.zone)
        columns = self._wanted
        topics: defaultdict[str, list[str]] = defaultdict(list)
        for name, column in columns.items():
            if column.sql:
                topics[column.sql].append(name)
        with reading(self.home, as_of, threads=1) as reader:
            known = reader.relation("account_known").column("account_id").to_pylist()
            found: dict[str, dict[str, object]] = {
                account_id: {name: column.default for name, column in columns.items()}
                for account_id in known
            }
            for topic, names in topics.items():
                table = reader.relation(topic).select(["account_id", *names])
                for row in table.to_pylist():
                    account_id = row.pop("account_id")
                    if account_id in found:
                        said = {name: value for name, value in row.items() if value is not None}
                        found[account_id].update(said)
        return {id: with_days(columns, values, day) for id, values in found.items()}


class PastSubject:
    """One account at one moment; `plays.turns.Asked`."""

    def __init__(self, past: Past, account_id: str, at: datetime) -> None:
        self._past, self._account_id, self._at = past, account_id, at
        self.company_zone = past.zone

    @property
    def their_zone(self) -> ZoneInfo:
        return self._past.zones.get(self._account_id) or self.company_zone

    def holds(self, condition: str) -> bool | None:
        return self._past.holds(condition, self._account_id, self._at)

    def value(self, column: str) -> object:
        day = self._at.astimezone(self.company_zone).date()
        card = self._past.card(self._account_id, day)
        return None if card is None else card.get(column)

    def chance(self, experiment: str) -> float:
        return point(experiment, self._account_id, self._past.salt)


def events_named(home: Home, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Every event of these names in the lake, by name; `at`: it had happened and was known."""
    wanted, last = sorted(names), last_batch(home)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in wanted}
    if not wanted or last is None:
        return found
    with reading(home, fresh=True) as reader:
        rows = reader.rows(
            load("tenure.plays", "play_event"),
            after_batch=-1,
            last_batch=last.number,
            names=wanted,
            rows_most=2**62,
        )
    for row in rows:
        row["at"] = max(row["occurred_at"], row["known_at"]).astimezone(UTC)
        found[row["name"]].append(row)
    for several in found.values():
        several.sort(key=lambda row: (row["at"], row["message_id"]))
    return found


def _question(text: str) -> _Question:
    vocabulary = Vocabulary(ACCOUNT, columns_of(ACCOUNT))
    plain, counts = counted_as_columns(read_condition(text, ACCOUNT, vocabulary=vocabulary))
    columns = tuple(column.name for column in plain.columns if column.name not in counts)
    return _Question(asked_of_one_card(plain), columns, counts)

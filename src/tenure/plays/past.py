"""What was so of accounts or people at past moments, as far as plays ask: for replay.

Columns of a card are as they were in the morning of the company's day, from what was known then.
Events count up to the moment itself; a person's condition over their accounts is as of the morning
whole. Only the topics of the card that a play names are computed, and only for the days that are
asked for.
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
from tenure.card.catalogue import account_columns, person_columns
from tenure.customers.models import Account, Membership, Person
from tenure.customers.zones import zone_of
from tenure.kit.sql_file import load
from tenure.kit.wide_relation import Column
from tenure.lake.reading import reading
from tenure.lake.shipping import last_batch
from tenure.plays.moments import at_wall
from tenure.plays.mornings import Mornings
from tenure.plays.parts import ACCOUNT, PERSON
from tenure.proof.assignment import home_salt, point
from tenure.segments.condition import Condition, read_condition
from tenure.segments.counted import Count, counted_as_columns
from tenure.segments.known import columns_of
from tenure.segments.of_one_card import Asked, asked_of_one_card
from tenure.segments.published import member_ids
from tenure.segments.vocabulary import Vocabulary

Values = Mapping[str, object]
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Question:
    """A condition, ready to be asked: of which columns, and of which counts of events.

    One that asks for the accounts of a person has no `asked`: it is asked of the lake.
    """

    condition: Condition
    asked: Asked | None
    columns: tuple[str, ...]
    counts: Mapping[str, Count]


class Past:
    """The past of a home. `conditions` and `columns` are all that will be asked of it.

    Conditions are over whom the play is over; `columns` are always of an account's card.
    """

    def __init__(
        self,
        home: Home,
        conditions: Sequence[str],
        columns: Iterable[str] = (),
        over: str = ACCOUNT,
    ) -> None:
        self.home, self.conditions, self.over = home, conditions, over
        self.salt = home_salt()
        self._of_accounts = self if over == ACCOUNT else Past(home, (), columns)
        self._columns = set(columns) if over == ACCOUNT else set[str]()
        self._members: dict[str, tuple[date, frozenset[str]]] = {}

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.home.company.time_zone)

    @cached_property
    def zones(self) -> dict[str, ZoneInfo]:
        """Which clock each of them lives by, as it is known now: no day of it is kept."""
        model = Account if self.over == ACCOUNT else Person
        rows = model.objects.filter(merged_into="").values_list("pk", "traits")
        return {pk: zone for pk, traits in rows if (zone := zone_of(traits))}

    @cached_property
    def accounts(self) -> dict[str, str]:
        """The account of each person, as it is known now: the one that they joined last."""
        rows = Membership.objects.filter(until_at=None).order_by("since_at", "account_id")
        return dict(rows.values_list("person_id", "account_id"))

    @cached_property
    def questions(self) -> dict[str, _Question]:
        return {text: _question(text, self.over) for text in self.conditions}

    @cached_property
    def events(self) -> dict[str, list[dict[str, Any]]]:
        """Every event of the names that are counted, by name, in the order of becoming known."""
        names = {count.event for each in self.questions.values() for count in each.counts.values()}
        return events_named(self.home, names)

    @cached_property
    def times(self) -> dict[tuple[str, str], list[datetime]]:
        """When each of them did each of the events."""
        found: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
        for name, rows in self.events.items():
            for row in rows:
                if row[f"{self.over}_id"]:
                    found[name, row[f"{self.over}_id"]].append(row["at"])
        return found

    def account_of(self, subject_id: str) -> str:
        """Whose arm counts: of who belongs to no account they themselves stand in its place."""
        return subject_id if self.over == ACCOUNT else self.accounts.get(subject_id, subject_id)

    def zone_of(self, subject_id: str) -> ZoneInfo:
        """Their own clock, else their account's, else the company's."""
        account_id = self.account_of(subject_id)
        own = self.zones.get(subject_id) or self._of_accounts.zones.get(account_id)
        return own or self.zone

    def read_ahead(
        self, conditions: Iterable[str], columns: Iterable[str], days: Sequence[date]
    ) -> None:
        """Say that these will be asked of each of these days, in order."""
        asked = {name for text in conditions for name in self.questions[text].columns}
        self._mornings.read_ahead(self._and_since(asked | set(columns)), days)

    def value(self, column: str, subject_id: str, day: date) -> object:
        """A column of the card of their account."""
        account_id = self.account_of(subject_id)
        card = self._of_accounts.card(account_id, day, [column])
        return None if card is None else card.get(column)

    def card(self, subject_id: str, day: date, names: Iterable[str]) -> Values | None:
        """These columns, as they were that morning; None without a card then."""
        if subject_id not in self._mornings.known(day):
            return None
        columns = {name: self._wanted[name] for name in self._and_since(names)}
        values = {
            name: self._mornings.value(name, subject_id, day) if column.sql else column.default
            for name, column in columns.items()
        }
        return with_days(columns, values, day)

    def known(self, day: date) -> list[str]:
        """Who had a card that morning."""
        return sorted(self._mornings.known(day))

    def close(self) -> None:
        """Let go of the lake."""
        self._mornings.close()
        if self._of_accounts is not self:
            self._of_accounts.close()

    def holds(self, text: str, subject_id: str, at: datetime) -> bool | None:
        """Whether a condition held of somebody at a moment; None where it is not known."""
        question, day = self.questions[text], at.astimezone(self.zone).date()
        if question.asked is None:
            return subject_id in self._fulfilling(question.condition, text, day)
        card = self.card(subject_id, day, question.columns)
        if card is None:
            return None
        counted = {
            name: self._count(count, subject_id, at, day) for name, count in question.counts.items()
        }
        return question.asked({**card, **counted}, day, self.zone)

    def _fulfilling(self, condition: Condition, text: str, day: date) -> frozenset[str]:
        if self._members.get(text, (None,))[0] != day:
            as_of = at_wall(day, time(), self.zone)
            self._members[text] = day, frozenset(member_ids(self.home, condition, as_of))
        return self._members[text][1]

    def _count(self, count: Count, subject_id: str, at: datetime, day: date) -> int | None:
        times = self.times.get((count.event, subject_id), [])
        until = bisect_right(times, at)
        if count.days is None:
            return (day - times[until - 1].astimezone(self.zone).date()).days if until else None
        since = at_wall(day - timedelta(days=count.days - 1), time(), self.zone)
        return until - bisect_left(times, since)

    @cached_property
    def _wanted(self) -> dict[str, Column]:
        """The columns that are asked for, and those that they count days from."""
        known = account_columns() if self.over == ACCOUNT else person_columns()
        names = {name for each in self.questions.values() for name in each.columns}
        names |= self._columns
        names |= {known[name].since or known[name].until for name in names if name in known}
        return {name: known[name] for name in sorted(names - {""}) if name in known}

    @cached_property
    def _mornings(self) -> Mornings:
        return Mornings(self.home, self.over, self._wanted, self._instant)

    def _instant(self, day: date) -> datetime:
        return at_wall(day, time(), self.zone)

    def _and_since(self, names: Iterable[str]) -> list[str]:
        """Those of them that are columns, and those that they count days from."""
        known = [name for name in names if name in self._wanted]
        from_names = [self._wanted[name].since or self._wanted[name].until for name in known]
        return [*known, *(name for name in from_names if name and name not in known)]


class PastSubject:
    """One of them at one moment; `plays.turns.Asked`."""

    def __init__(self, past: Past, subject_id: str, at: datetime) -> None:
        self._past, self._subject_id, self._at = past, subject_id, at
        self.company_zone = past.zone

    @property
    def their_zone(self) -> ZoneInfo:
        return self._past.zone_of(self._subject_id)

    def holds(self, condition: str) -> bool | None:
        return self._past.holds(condition, self._subject_id, self._at)

    def value(self, column: str) -> object:
        day = self._at.astimezone(self.company_zone).date()
        return self._past.value(column, self._subject_id, day)

    def chance(self, experiment: str) -> float:
        return point(experiment, self._past.account_of(self._subject_id), self._past.salt)


def events_named(
    home: Home, names: Iterable[str], since_at: datetime | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Every event of these names in the lake, by name; `at`: it had happened and was known.

    With `since_at` those that were not known before.
    """
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
            # A clock may be ahead: what is dated after its receipt is known by then only.
            known_since=since_at - timedelta(days=2) if since_at else EVER,
        )
    for row in rows:
        row["at"] = max(row["occurred_at"], row["known_at"]).astimezone(UTC)
        found[row["name"]].append(row)
    for several in found.values():
        several.sort(key=lambda row: (row["at"], row["message_id"]))
    return found


def _question(text: str, over: str) -> _Question:
    accounts = columns_of(ACCOUNT) if over == PERSON else {}
    condition = read_condition(text, over, vocabulary=Vocabulary(over, columns_of(over), accounts))
    if any(column.of for column in condition.columns):
        return _Question(condition, None, (), {})
    plain, counts = counted_as_columns(condition)
    columns = tuple(column.name for column in plain.columns if column.name not in counts)
    return _Question(condition, asked_of_one_card(plain), columns, counts)

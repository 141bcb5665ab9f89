"""A play over the past, sending nothing: whom it would have reached, when and how often.

    replay(home, play, since_on, before_on) -> Replay

The engine is the one that runs live. What brings somebody in, and what moves them on, is what the
lake has of that time; cards are those of then. Which clock somebody lives by and who belongs to an
account are taken as they are now, and conditions are asked of the card of the day's morning.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.plays.configuration import long_term_hold_out_share
from tenure.plays.engine import enrol, step
from tenure.plays.entering import Earlier, entry_key, why_not
from tenure.plays.holding_out import arm_by_chance
from tenure.plays.moments import at_wall, instant_of
from tenure.plays.parts import PERSON, Message, Play, Wait
from tenure.plays.past import Past, PastSubject, events_named
from tenure.plays.turns import Due, Effect, Happening, Looked, Occurred, State
from tenure.proof.assignment import HOLD_OUT
from tenure.segments.definition import segment_named
from tenure.signals.days import instant
from tenure.signals.outcomes import Raised
from tenure.signals.replay import replay as replay_signals

Moment = tuple[datetime, int, str, Happening]


@dataclass(slots=True)
class Life:
    """One enrolment of the replay. `is_kept_back`: of the long-term hold-out."""

    subject_id: str
    account_id: str
    arm: str
    is_kept_back: bool
    because: str
    state: State
    effects: list[tuple[datetime, Effect]] = field(default_factory=list)

    @property
    def is_left_alone(self) -> bool:
        return self.is_kept_back or self.arm == HOLD_OUT


@dataclass(frozen=True, slots=True)
class Replay:
    """What would have been, from `since_on` until before `before_on`, by the company's days."""

    play: str
    digest: str
    since_on: date
    before_on: date
    lives: tuple[Life, ...]
    turned_away: dict[str, int]  # by why: been_here, is_in, too_soon, condition


def replay(home: Home, play: Play, since_on: date, before_on: date) -> Replay:
    """The play over these days. Raises InvalidInput for no day at all."""
    if since_on >= before_on:
        raise InvalidInput(f"from {since_on} to {before_on} there is no day", field="from")
    return _Replaying(home, play, since_on, before_on).run()


class _Replaying:
    def __init__(self, home: Home, play: Play, since_on: date, before_on: date) -> None:
        self.home, self.play = home, play
        self.since_on, self.before_on = since_on, before_on
        self.segment = segment_named(play.entry.segment).where if play.entry.segment else ""
        asked = [*play.conditions(), play.entry.where, self.segment]
        self.past = Past(home, [text for text in asked if text], _columns(play), play.over)
        self.long_term_share = long_term_hold_out_share(home)
        self.lives: dict[str, list[Life]] = {}
        self.turned_away: dict[str, int] = {}
        self.waiting: list[tuple[datetime, int, Life]] = []
        self.order = count()

    def run(self) -> Replay:
        begins, ends = self._instant(self.since_on), self._instant(self.before_on)
        brought = sorted(self._brought_in(begins, ends), key=lambda each: (each[0], each[1]))
        heard = sorted(self._heard(begins, ends), key=lambda each: each[:2])
        moments: list[Moment] = heapq.merge(heard, self._mornings())  # type: ignore[assignment]
        entries = iter([*brought, (ends, "", "")])
        at_entry = next(entries)
        for at, _, subject_id, happening in moments:
            while at_entry[0] <= at and at_entry[1]:
                self._go_on_until(at_entry[0])
                self._come_in(*at_entry)
                at_entry = next(entries)
            self._go_on_until(at)
            self._tell(subject_id, happening, at)
        while at_entry[1]:
            self._go_on_until(at_entry[0])
            self._come_in(*at_entry)
            at_entry = next(entries)
        self._go_on_until(ends - timedelta(microseconds=1))
        lives = [life for several in self.lives.values() for life in several]
        lives.sort(key=lambda life: (life.state.entered_at, life.subject_id))
        return Replay(
            self.play.name, self.play.digest, self.since_on, self.before_on, tuple(lives),
            self.turned_away,
        )  # fmt: skip

    def _come_in(self, at: datetime, subject_id: str, brought_by: str) -> None:
        play, entry = self.play, self.play.entry
        key = entry_key(entry, brought_by)
        before = [
            Earlier(life.state.entry_key, life.state.entered_at, life.state.ended_at)
            for life in self.lives.get(subject_id, [])
        ]
        why = why_not(entry, before, key, at)
        if not why and entry.where and self.past.holds(entry.where, subject_id, at) is not True:
            why = "condition"
        if why:
            self.turned_away[why] = self.turned_away.get(why, 0) + 1
            return
        account_id = self.past.account_of(subject_id)
        held = arm_by_chance(play, account_id, self.long_term_share, self.past.salt)
        state = enrol(play, subject_id, key, at)
        life = Life(subject_id, account_id, held.arm.name, held.is_kept_back, brought_by, state)
        self.lives.setdefault(subject_id, []).append(life)
        self._take(life, Due(at), at)

    def _go_on_until(self, at: datetime) -> None:
        """Every timer that is due by then, in order."""
        while self.waiting and self.waiting[0][0] <= at:
            due_at, _, life = heapq.heappop(self.waiting)
            if not life.state.is_over and life.state.due_at == due_at:
                self._take(life, Due(due_at), due_at)

    def _tell(self, subject_id: str, happening: Happening, at: datetime) -> None:
        if isinstance(happening, Looked):
            for several in list(self.lives.values()):
                for life in several:
                    if not life.state.is_over or life.state.goal_at is None:
                        self._take(life, happening, at)
            return
        for life in self.lives.get(subject_id, []):
            self._take(life, happening, at)

    def _take(self, life: Life, happening: Happening, at: datetime) -> None:
        before = life.state.due_at
        subject = PastSubject(self.past, life.subject_id, at)
        turn = step(self.play, life.state, happening, subject, at)
        life.state = turn.state
        life.effects += [(at, effect) for effect in turn.effects]
        due_at = turn.state.due_at
        if due_at is not None and (due_at != before or isinstance(happening, Due)):
            heapq.heappush(self.waiting, (due_at, next(self.order), life))

    def _brought_in(self, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, str, str]]:
        """When, who, and what brought them."""
        entry = self.play.entry
        if entry.kind == "event":
            for row in events_named(self.home, [entry.event], begins)[entry.event]:
                subject_id = self._who(row)
                if subject_id and begins <= row["at"] < ends and row["type"] != "signal":
                    yield row["at"], subject_id, f"{row['source']}/{row['message_id']}"
        elif entry.kind == "signal":
            for account in replay_signals(self.home, ends):
                for said in account.outcomes:
                    at = instant(said.at).astimezone(UTC)
                    if not isinstance(said, Raised) or said.kind != entry.signal:
                        continue
                    subject_id = said.person_id if self.play.over == PERSON else said.account_id
                    if subject_id and begins <= at < ends:
                        yield at, subject_id, said.key
        elif entry.kind == "segment":
            yield from self._entries_into(self.segment)
        elif entry.kind == "date":
            yield from self._by_date(begins, ends)

    def _entries_into(self, where: str) -> Iterator[tuple[datetime, str, str]]:
        """Who fulfils the segment in a morning, and did not the morning before."""
        members: set[str] | None = None
        for day in _days(self.since_on - timedelta(days=1), self.before_on):
            at = self._instant(day)
            now = {id for id in self.past.known(day) if self.past.holds(where, id, at) is True}
            for subject_id in sorted(now - members) if members is not None else ():
                yield at, subject_id, f"{day}"
            members = now

    def _by_date(self, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, str, str]]:
        """When a date that was known then, less or plus the hours, came."""
        column, hours = self.play.entry.date, timedelta(hours=self.play.entry.hours)
        for day in _days(self.since_on, self.before_on):
            first = self._instant(day)
            last = self._instant(day + timedelta(days=1))
            for account_id in self.past.known(day):
                value = self.past.value(column, account_id, day)
                at = instant_of(value, self.past.zone)
                if at is not None and first <= at + hours < last and begins <= at + hours < ends:
                    yield at + hours, account_id, f"{column}/{value}"

    def _heard(self, begins: datetime, ends: datetime) -> Iterator[Moment]:
        for name, rows in events_named(self.home, self.play.events(), begins).items():
            for row in rows:
                if (subject_id := self._who(row)) and begins <= row["at"] < ends:
                    happened = Occurred(name, row["at"])
                    yield row["at"], next(self.order), subject_id, happened

    def _who(self, row: Mapping[str, Any]) -> str:
        return row[f"{self.play.over}_id"] or ""

    def _mornings(self) -> Iterator[Moment]:
        """Each morning it is looked whether goals and exits hold, as live."""
        goal, leave = self.play.goal, self.play.exit.where
        if (goal is None or not goal.where) and not leave:
            return
        for day in _days(self.since_on, self.before_on):
            at = self._instant(day)
            yield at, next(self.order), "", Looked(at)

    def _instant(self, day: date) -> datetime:
        return at_wall(day, time(), self.past.zone)


def _columns(play: Play) -> set[str]:
    """The columns of the card whose values the engine asks for."""
    named = {play.entry.date}
    for each in play.steps:
        if isinstance(each.act, Wait):
            named.add(each.act.date)
        elif isinstance(each.act, Message):
            named.add(each.act.valid_until)
    return named - {""}


def _days(since_on: date, before_on: date) -> Iterable[date]:
    return (since_on + timedelta(days=n) for n in range((before_on - since_on).days))

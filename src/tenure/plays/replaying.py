"""A play over the past, sending nothing: whom it would have reached, when and how often.

    replay(home, play, since_on, before_on) -> Replay

The engine is the one that runs live. What brings somebody in, and what moves them on, is what the
lake has of that time; cards are those of then. Which clock somebody lives by and who belongs to an
account are taken as they are now, and conditions are asked of the card of the day's morning.
"""

import heapq
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import chain, count
from typing import Any

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.plays.configuration import long_term_hold_out_share
from tenure.plays.engine import enrol, step
from tenure.plays.entering import Earlier, entry_key, why_not
from tenure.plays.holding_out import arm_by_chance
from tenure.plays.moments import at_wall, instant_of
from tenure.plays.parts import ACCOUNT, PERSON, Message, Play, Wait
from tenure.plays.past import Past, PastSubject, events_named
from tenure.plays.turns import Due, Effect, Happening, Looked, Occurred, State, is_heard_by
from tenure.proof.assignment import HOLD_OUT
from tenure.segments.definition import segment_named
from tenure.signals.days import instant
from tenure.signals.outcomes import Raised
from tenure.signals.replay import replay as replay_signals

Brought = tuple[datetime, str, str]  # when, who, and what brought them


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
    zone: tzinfo = UTC  # the company's


def replay(home: Home, play: Play, since_on: date, before_on: date) -> Replay:
    """The play over these days. Raises InvalidInput for no day at all."""
    return replay_together(home, [play], since_on, before_on)[0]


def replay_together(
    home: Home, plays: Sequence[Play], since_on: date, before_on: date
) -> list[Replay]:
    """Several plays over the same days, which are read once for all of them. Raises as `replay`."""
    if since_on >= before_on:
        raise InvalidInput(f"from {since_on} to {before_on} there is no day", field="from")
    days = [since_on + timedelta(days=n) for n in range((before_on - since_on).days)]
    with ExitStack() as stack:
        pasts = {over: _past(home, plays, over, days) for over in {play.over for play in plays}}
        for past in pasts.values():
            stack.callback(past.close)
        going = [_Replaying(home, play, pasts[play.over], days) for play in plays]
        for each in going:
            each.begin()
        for day in days:
            for each in going:
                each.go_through(day)
        return [each.found() for each in going]


def _past(home: Home, plays: Sequence[Play], over: str, days: Sequence[date]) -> Past:
    """The past as far as these plays ask for it, what they ask of every morning read ahead."""
    asking = [play for play in plays if play.over == over]
    conditions: set[str] = set()
    columns: set[str] = set()
    every: set[str] = set()
    for play in asking:
        segment = _segment_of(play)
        conditions |= {*play.conditions(), play.entry.where, segment} - {""}
        columns |= _columns(play)
        goal = play.goal.where if play.goal else ""
        every |= {segment, goal, play.exit.where} - {""}
    dates = {play.entry.date for play in asking} - {""}
    past = Past(home, sorted(conditions), columns, over)
    if every or dates:
        begins = days[0] - timedelta(days=1) if any(p.entry.segment for p in asking) else days[0]
        first = [begins] if begins < days[0] else []
        past.read_ahead(every, dates if over == ACCOUNT else (), [*first, *days])
    return past


def _segment_of(play: Play) -> str:
    return segment_named(play.entry.segment).where if play.entry.segment else ""


class _Replaying:
    """One play on its way through the days."""

    def __init__(self, home: Home, play: Play, past: Past, days: Sequence[date]) -> None:
        self.home, self.play, self.past = home, play, past
        self.since_on, self.before_on = days[0], days[-1] + timedelta(days=1)
        self.segment = _segment_of(play)
        self.long_term_share = long_term_hold_out_share(home)
        self.lives: dict[str, list[Life]] = {}
        self.turned_away: dict[str, int] = {}
        self.waiting: list[tuple[datetime, int, Life]] = []
        self.order = count()
        self.members: set[str] = set()
        self.brought: deque[Brought] = deque()
        self.heard: deque[tuple[datetime, str, Happening]] = deque()

    def begin(self) -> None:
        """Read what does not depend on any morning's card."""
        begins, ends = self._instant(self.since_on), self._instant(self.before_on)
        self.brought = deque(sorted(self._brought_in(begins, ends), key=lambda each: each[:2]))
        self.heard = deque(sorted(self._heard(begins, ends), key=lambda each: each[0]))
        if self.segment:
            self.members = self._members_on(self.since_on - timedelta(days=1))

    def go_through(self, day: date) -> None:
        """One day: who comes in, what is heard and looked at, and every timer that runs out."""
        ends = self._instant(day + timedelta(days=1))
        entries = self._entries_on(day, ends)
        for at, subject_id, happening in self._moments_on(day, ends):
            while entries and entries[0][0] <= at:
                self._bring(entries.popleft())
            self._go_on_until(at)
            self._tell(subject_id, happening, at)
        while entries:
            self._bring(entries.popleft())
        self._go_on_until(ends - timedelta(microseconds=1))

    def found(self) -> Replay:
        """What came of it."""
        lives = [life for several in self.lives.values() for life in several]
        lives.sort(key=lambda life: (life.state.entered_at, life.subject_id))
        return Replay(
            self.play.name, self.play.digest, self.since_on, self.before_on, tuple(lives),
            self.turned_away, self.past.zone,
        )  # fmt: skip

    def _entries_on(self, day: date, ends: datetime) -> deque[Brought]:
        """Who is brought in that day, in order."""
        entry = self.play.entry
        if entry.kind == "segment":
            return deque(self._entries_into(day))
        if entry.kind == "date":
            return deque(sorted(self._by_date(day), key=lambda each: each[:2]))
        today: deque[Brought] = deque()
        while self.brought and self.brought[0][0] < ends:
            today.append(self.brought.popleft())
        return today

    def _moments_on(self, day: date, ends: datetime) -> list[tuple[datetime, str, Happening]]:
        """What is heard that day, and each morning the look at goals and exits, as live."""
        today: list[tuple[datetime, str, Happening]] = []
        while self.heard and self.heard[0][0] < ends:
            today.append(self.heard.popleft())
        goal, leave = self.play.goal, self.play.exit.where
        if leave or (goal is not None and goal.where):
            at = self._instant(day)
            today.append((at, "", Looked(at)))
            today.sort(key=lambda each: each[0])
        return today

    def _bring(self, brought: Brought) -> None:
        self._go_on_until(brought[0])
        self._come_in(*brought)

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

    def _brought_in(self, begins: datetime, ends: datetime) -> Iterator[Brought]:
        """When, who, and what brought them."""
        entry = self.play.entry
        if entry.kind == "event":
            for row in chain(*events_named(self.home, entry.events, begins).values()):
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

    def _members_on(self, day: date) -> set[str]:
        at = self._instant(day)
        known = self.past.known(day)
        return {id for id in known if self.past.holds(self.segment, id, at) is True}

    def _entries_into(self, day: date) -> Iterator[Brought]:
        """Who fulfils the segment in a morning, and did not the morning before."""
        before, self.members = self.members, self._members_on(day)
        at = self._instant(day)
        for subject_id in sorted(self.members - before):
            yield at, subject_id, f"{day}"

    def _by_date(self, day: date) -> Iterator[Brought]:
        """When a date that was known then, less or plus the hours, came."""
        column, hours = self.play.entry.date, timedelta(hours=self.play.entry.hours)
        first, last = self._instant(day), self._instant(day + timedelta(days=1))
        for subject_id in self.past.known(day):
            value = self.past.value(column, subject_id, day)
            at = instant_of(value, self.past.zone)
            if at is not None and first <= at + hours < last:
                yield at + hours, subject_id, f"{column}/{value}"

    def _heard(self, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, str, Happening]]:
        for name, rows in events_named(self.home, self.play.events(), begins).items():
            for row in rows:
                is_theirs = begins <= row["at"] < ends and is_heard_by(self.play.name, row)
                if is_theirs and (subject_id := self._who(row)):
                    yield row["at"], subject_id, Occurred(name, row["at"])

    def _who(self, row: Mapping[str, Any]) -> str:
        return row[f"{self.play.over}_id"] or ""

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

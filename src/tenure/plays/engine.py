"""What happens next to somebody in a play. Pure: live, replayed over the past and tested alike.

    turn = step(play, state, Due(now), asked, now)
    turn.state      where they are now
    turn.effects    what is to be done, each with a key that makes it one

    (enter) ─▶ step ─▶ step ─▶ wait ─┬─ due, or the event came ─▶ step ─▶ … ─▶ finished
                                     ├─ exit holds, or its event came ─▶ exit
                                     └─ goal reached in its window ─▶ goal

Who is left alone by chance goes the same way, with the same effects: whoever carries them out
notes what would have been done. So both arms are counted alike.
"""

from datetime import datetime, timedelta

import msgspec

from tenure.plays.moments import days_later, instant_of, next_wall
from tenure.plays.parts import (
    END,
    THEIRS,
    Branch,
    Call,
    GoalCheck,
    Message,
    Play,
    SetTrait,
    Split,
    Step,
    Wait,
    Way,
    Work,
)
from tenure.plays.turns import (
    EXIT,
    FINISHED,
    GOAL,
    NO_DATE,
    Asked,
    Decision,
    Due,
    Effect,
    Happening,
    Looked,
    Occurred,
    State,
    Turn,
    enrolment_key,
)

_STEPS_A_TURN = 200  # a play that is checked has no loop without a wait
# A turn that is taken again counts its waits as if it had been taken then; if that is so long ago,
# from now: nobody is to get at once what was meant for several days.
_AS_IF_THEN = timedelta(days=1)


def enrol(play: Play, subject: str, entry_key: str, now: datetime) -> State:
    """Somebody at the begin of a play, before its first step."""
    return State(
        play=play.name,
        digest=play.digest,
        subject=subject,
        entry_key=entry_key,
        entered_at=now,
        at=play.steps[0].name,
        due_at=now,
    )


def step(play: Play, state: State, happening: Happening, asked: Asked, now: datetime) -> Turn:
    """The enrolment after something happened. What does not concern it changes nothing."""
    going = _Going(play, state, asked, now)
    going.came_at = _came_at(happening, now)
    if isinstance(happening, Occurred):
        going.hear(happening)
    elif isinstance(happening, Looked):
        going.look()
    elif not state.is_over and state.due_at is not None and state.due_at <= now:
        going.go_on()
    return going.turn()


class _Going:
    """One turn, while it is taken."""

    def __init__(self, play: Play, state: State, asked: Asked, now: datetime) -> None:
        self.play, self.state, self.asked, self.now = play, state, asked, now
        self.came_at = now  # when this turn should have been taken
        self.effects: list[Effect] = []
        self.decisions: list[Decision] = []

    def turn(self) -> Turn:
        return Turn(self.state, tuple(self.effects), tuple(self.decisions))

    def hear(self, happened: Occurred) -> None:
        goal, state = self.play.goal, self.state
        if happened.at <= state.entered_at:  # what brought them in is no answer to it
            return
        if goal is not None and happened.event in goal.events:
            self._reach(happened.at, happened.event)
        if self.state.is_over:
            return
        if happened.event in self.play.exit.events:
            self._end(EXIT, happened.event)
            return
        wait = self._waits()
        if wait is None or wait.event != happened.event or self._is_left():
            return
        # Of a wait that is still to come, it is waited for since that was due.
        since = state.since or state.due_at
        if since is not None and happened.at >= since:
            self._decide(state.at, "went", happened.event)
            self._run(self.play.after(state.at))

    def look(self) -> None:
        """Whether goal or exit hold; of a play that is over the goal still counts in its window."""
        self._is_left()

    def go_on(self) -> None:
        """What is due by now: the step that is still to come, or the wait that is over."""
        state, wait = self.state, self._waits()
        if state.since is None or wait is None:
            self._run(state.at)
            return
        if self._is_left():
            return
        until = self._until(wait, state.since)
        if until is None and wait.date:
            self._end(NO_DATE, wait.date)
        elif until is None or until > self.now:
            # It moved: the trial was extended, or the person lives by another clock now.
            self.state = _with(state, due_at=until)
            self._decide(state.at, "waits", _said(until))
        elif wait.event:
            self._decide(state.at, "went", "in vain")
            self._run(wait.otherwise or self.play.after(state.at))
        else:
            self._run(self.play.after(state.at))

    def _run(self, name: str) -> None:
        """Steps, one after the other, until one waits or the play is over."""
        for _ in range(_STEPS_A_TURN):
            if name == END:
                self._end(FINISHED)
                return
            if self._is_left():
                return
            found = self.play.step(name)
            assert found is not None, f"{self.play.name} has no step {name}"
            visit, since = self.state.visits.get(name, 0) + 1, self._since()
            self.state = _with(
                self.state, at=name, since=since, visits={**self.state.visits, name: visit}
            )
            if isinstance(found.act, Wait):
                if self._comes_to_wait(found.act, since):
                    return
                name = self.play.after(name)
            else:
                name = self._take(found, visit)
        raise AssertionError(f"{self.play.name} goes round without a wait at {name}")

    def _since(self) -> datetime:
        """From when the steps that this turn comes to count."""
        return self.came_at if self.now - self.came_at <= _AS_IF_THEN else self.now

    def _comes_to_wait(self, wait: Wait, since: datetime) -> bool:
        """Whether it has to wait at all."""
        until = self._until(wait, since)
        if until is None and wait.date:
            self._end(NO_DATE, wait.date)
            return True
        if until is not None and until <= self.now and not wait.event:
            return False
        self.state = _with(self.state, due_at=until)
        self._decide(self.state.at, "waits", _said(until))
        return True

    def _take(self, found: Step, visit: int) -> str:
        """Do what a step says; where it goes on."""
        act, after = found.act, self.play.after(found.name)
        if isinstance(act, Branch):
            held = next((way for way in act.ways if self.asked.holds(way.where) is True), None)
            to = held.to if held else act.otherwise or after
            self._decide(found.name, "went", f"{to}: {held.where if held else 'nothing holds'}")
            return to
        if isinstance(act, Split):
            way = self._by_chance(found.name, act)
            # With its chance: shares may be edited, and ways are compared by what they had.
            self._decide(found.name, "went", f"{way.to}: by chance of {way.share}")
            return way.to
        if isinstance(act, GoalCheck):
            has = self.state.goal_at is not None
            self._decide(found.name, "went", "the goal is reached" if has else "not reached yet")
            return act.to if has else after
        assert isinstance(act, Message | Call | Work | SetTrait)
        self.effects.append(self._effect(found.name, act, visit))
        return after

    def _effect(self, name: str, what: Message | Call | Work | SetTrait, visit: int) -> Effect:
        state = self.state
        planned = self._planned_at()
        return Effect(
            key=f"{enrolment_key(state.play, state.subject, state.entry_key)}/{name}/{visit}",
            step=name,
            what=what,
            planned_at=planned,
            valid_until=self._valid_until(what, planned),
        )

    def _planned_at(self) -> datetime:
        """When it should have happened: a worker that was down makes nothing fresh."""
        due = self.state.due_at
        return min(due, self.came_at) if due is not None else self.came_at

    def _valid_until(self, what: object, planned_at: datetime) -> datetime | None:
        ends: list[datetime] = []
        if self.play.deadline_hours is not None:
            ends.append(planned_at + timedelta(hours=self.play.deadline_hours))
        column = what.valid_until if isinstance(what, Message) else ""
        if column and (said := self._instant(column)) is not None:
            ends.append(said)
        return min(ends, default=None)

    def _by_chance(self, name: str, split: Split) -> Way:
        point, reached = self.asked.chance(f"play:{self.play.name}/{name}"), 0.0
        for way in split.ways:
            reached += way.share
            if point < reached:
                return way
        return split.ways[-1]

    def _is_left(self) -> bool:
        """Whether the goal is reached or the exit holds, as of now; then it is over."""
        goal, state = self.play.goal, self.state
        is_open = goal is not None and state.goal_at is None and self._in_window(self.now)
        if is_open and goal.where and self.asked.holds(goal.where) is True:
            self._reach(self.now, goal.where)
        leave = self.play.exit.where
        if not self.state.is_over and leave and self.asked.holds(leave) is True:
            self._end(EXIT, leave)
        return self.state.is_over

    def _reach(self, at: datetime, by: str) -> None:
        goal = self.play.goal
        if goal is None or self.state.goal_at is not None or not self._in_window(at):
            return
        self.state = _with(self.state, goal_at=at)
        if goal.ends and not self.state.is_over:
            self._end(GOAL, by)
        else:
            self._decide(self.state.at, GOAL, by)

    def _in_window(self, at: datetime) -> bool:
        goal = self.play.goal
        if goal is None:
            return False
        since = self.state.entered_at
        return since <= at < since + timedelta(days=goal.within_days)

    def _end(self, because: str, detail: str = "") -> None:
        self.state = _with(self.state, ended_at=self.now, because=because, due_at=None)
        self._decide(self.state.at, because, detail)

    def _decide(self, name: str, what: str, detail: str = "") -> None:
        self.decisions.append(Decision(name, what, detail))

    def _waits(self) -> Wait | None:
        held = self.play.step(self.state.at)
        return held.act if held is not None and isinstance(held.act, Wait) else None

    def _until(self, wait: Wait, since: datetime) -> datetime | None:
        """When a wait that began then is over; null: when the event comes, or nobody knows."""
        zone = self.asked.their_zone if wait.clock == THEIRS else self.asked.company_zone
        if wait.date:
            said = self._instant(wait.date)
            return None if said is None else said + timedelta(hours=wait.date_hours)
        if wait.event:
            return days_later(since, wait.at_most_days, zone) if wait.at_most_days else None
        until = days_later(since, wait.days, zone) + timedelta(hours=wait.hours)
        if wait.until is not None:
            until = next_wall(until, wait.until, zone, wait.weekdays)
        return until

    def _instant(self, column: str) -> datetime | None:
        """A date of the card as an instant: a day begins by the company's clock."""
        return instant_of(self.asked.value(column), self.asked.company_zone)


def _came_at(happening: Happening, now: datetime) -> datetime:
    """When the turn should have been taken: before now where it could not be taken then."""
    if isinstance(happening, Occurred):
        return min(happening.heard_at or now, now)
    return min(happening.at, now) if isinstance(happening, Due) else now


def _with(state: State, **changes: object) -> State:
    return msgspec.structs.replace(state, **changes)


def _said(moment: datetime | None) -> str:
    return "an event" if moment is None else moment.isoformat()

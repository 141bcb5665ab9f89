"""What one turn of the engine takes and gives: an enrolment, what happened, what is to be done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from tenure.base.ids import digest
from tenure.plays.parts import Call, Message, SetTrait, Work

# Why an enrolment is over.
FINISHED, GOAL, EXIT = "finished", "goal", "exit"
STEP_GONE, NO_DATE = "step_gone", "no_date"
MERGED = "merged"  # whom they were merged into is in the play since before


class Asked(Protocol):
    """What the engine may ask of a subject, as it is at the moment of the turn."""

    their_zone: ZoneInfo
    company_zone: ZoneInfo

    def holds(self, condition: str) -> bool | None: ...
    def value(self, column: str) -> object: ...
    def chance(self, experiment: str) -> float: ...  # 0 to 1, the same each time


class Due(msgspec.Struct, frozen=True):
    """A time has come: `at`, which is long ago of a turn that could not be taken then."""

    at: datetime


class Looked(msgspec.Struct, frozen=True):
    """Something about the subject is new: does its goal or an exit hold by now?"""

    at: datetime


class Occurred(msgspec.Struct, frozen=True):
    """The subject did something, or something was done to it.

    `heard_at`: when it was heard first, of what came in a turn that could not be taken.
    """

    event: str
    at: datetime
    heard_at: datetime | None = None


Happening = Due | Looked | Occurred


def is_heard_by(play: str, row: Mapping[str, object]) -> bool:
    """Whether a row of `play_event` is for a play to hear: an answer to a mail of another one is
    not, and neither is that another one's banner was seen."""
    return row.get("answers") in (None, "", play)


class State(msgspec.Struct, frozen=True, kw_only=True):
    """One enrolment. `at` is the step it waits in; with `since` null that step is still to come."""

    play: str
    digest: str
    subject: str  # as they were named when they came in: keys are made of it
    entry_key: str
    entered_at: datetime
    at: str
    since: datetime | None = None
    due_at: datetime | None = None
    visits: Mapping[str, int] = {}  # of steps, how often each was come to
    goal_at: datetime | None = None
    ended_at: datetime | None = None
    because: str = ""

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None


def enrolment_key(play: str, subject: str, entry_key: str) -> str:
    """What the keys of all effects of one enrolment begin with: of one length, naming nobody."""
    return digest("enrolment", play, subject, entry_key)


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What a step does. `what` says which kind; `valid_until` when it is of no use any more."""

    key: str  # the same effect again has the same key, under any version of the play
    step: str
    what: Message | Call | Work | SetTrait
    planned_at: datetime
    valid_until: datetime | None = None


class Decision(msgspec.Struct, frozen=True):
    """Why it went one way and not another: for the page that answers it."""

    step: str
    what: str  # entered | waits | went | exit | goal | finished | moved | ...
    detail: str = ""


class Turn(msgspec.Struct, frozen=True):
    state: State
    effects: tuple[Effect, ...] = ()
    decisions: tuple[Decision, ...] = ()

"""Plays and what is asked of their subjects, drawn as text."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tenure.plays.engine import enrol, step
from tenure.plays.file import MAIN, read_play
from tenure.plays.parts import Play
from tenure.plays.reading import Names
from tenure.plays.turns import Due, Effect, Happening, Looked, Occurred, State, Turn
from tenure.segments.vocabulary import Vocabulary


@dataclass(frozen=True)
class Column:
    type: str


COLUMNS = {
    "status": Column("varchar"),
    "plan": Column("varchar"),
    "mrr_minor": Column("bigint"),
    "trial_ends_on": Column("date"),
    "renews_at": Column("timestamptz"),
}
EVENTS = frozenset({"Project Created", "Report Exported", "Subscription Started"})
NAMES = Names(
    vocabularies={
        "account": Vocabulary("account", COLUMNS, events=EVENTS),
        "person": Vocabulary("person", {"role": Column("varchar")}, COLUMNS, EVENTS),
    },
    segments={"trialing": "account", "champions": "person"},
    signals={"near_limit", "gone_quiet"},
)
HEAD = """
title = "A play"
topic = "tips"
[entry]
manual = true
[goal]
event = "Subscription Started"
within_days = 30
"""


def at(said: str) -> datetime:
    """2026-03-01 09:00, UTC."""
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


def play_of(
    steps: str, head: str = HEAD, name: str = "tips", names: Names = NAMES, **files: str
) -> Play:
    """A play with these steps; what its mails say does not matter, unless given."""
    text = head + steps
    said = {MAIN: text}
    for line in text.splitlines():
        for channel in ("mail", "in_app"):
            if line.strip().startswith(f'{channel} = "'):
                said[line.split('"')[1] + ".en.md"] = "Hello"
    return read_play(said | files, f"plays/{name}", names)


@dataclass
class Subject:
    """What is so of somebody at this moment. `true` are the conditions that hold."""

    true: set[str] = field(default_factory=set)
    values: dict[str, object] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
    their_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    company_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def holds(self, condition: str) -> bool | None:
        return condition in self.true

    def value(self, column: str) -> object:
        return self.values.get(column)

    def chance(self, experiment: str) -> float:
        return self.points.get(experiment.rpartition("/")[2], 0.5)


class Passage:
    """One enrolment on its way; `did` is all that was done, with its time."""

    def __init__(self, play: Play, began: str, subject: Subject | None = None) -> None:
        self.play, self.subject = play, subject or Subject()
        self.state: State = enrol(play, "acme", "1", at(began))
        self.did: list[tuple[str, Effect]] = []
        self.why: list[str] = []
        self.at(began)

    def at(self, said: str) -> "Passage":
        """The clock shows this: what is due is done."""
        return self._turn(Due(at(said)), said)

    def hears(self, event: str, said: str) -> "Passage":
        return self._turn(Occurred(event, at(said)), said)

    def looks(self, said: str) -> "Passage":
        return self._turn(Looked(at(said)), said)

    def until(self, said: str) -> "Passage":
        """On to this time, stopping at every moment that is due."""
        while not self.state.is_over and self.state.due_at and self.state.due_at <= at(said):
            due = self.state.due_at
            self._turn(Due(due), due.strftime("%Y-%m-%d %H:%M"))
        return self

    @property
    def line(self) -> str:
        """What was done and when: `a 2026-03-01 09:00 · b 2026-03-03 09:00`."""
        return " · ".join(f"{effect.step} {when}" for when, effect in self.did)

    def _turn(self, happening: Happening, said: str) -> "Passage":
        turn: Turn = step(self.play, self.state, happening, self.subject, at(said))
        self.state = turn.state
        self.did += [(said, effect) for effect in turn.effects]
        self.why += [f"{each.step}: {each.what} {each.detail}".strip() for each in turn.decisions]
        return self

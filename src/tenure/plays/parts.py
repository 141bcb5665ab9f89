"""What a play's file says, as data. `docs/plays.md` says what each field means.

A text is a mapping from language to words. Conditions are kept as they were written; who reads a
play has checked each.
"""

from collections.abc import Mapping
from datetime import time

import msgspec
from django.utils.translation import get_language

from tenure.kit.near_language import nearest

Texts = Mapping[str, str]

ACCOUNT, PERSON = "account", "person"
OVER = (ACCOUNT, PERSON)
MARKETING, TRANSACTIONAL = "marketing", "transactional"
PURPOSES = (MARKETING, TRANSACTIONAL)
NEVER, AFTER_EXIT, EVERY_TIME = "never", "after_exit", "every_time"
AGAIN = (NEVER, AFTER_EXIT, EVERY_TIME)
MAIL, IN_APP = "mail", "in_app"
OUTCOME, CHANGE, NEXT_STEP = "outcome", "change", "next_step"
NAMED = (OUTCOME, CHANGE, NEXT_STEP)  # one of which a re-engaging message speaks of
IN_APP_KINDS = ("banner", "modal", "checklist", "tour_step", "survey")
THEIRS, OURS = "person", "company"  # whose clock a wall time is read from
END = "end"  # as a place to go to: the play is over


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What brings somebody in. One of the first five; `hours` are before (negative) or after."""

    segment: str = ""
    event: str = ""
    or_events: tuple[str, ...] = ()  # any of which does as well
    signal: str = ""
    date: str = ""
    is_manual: bool = False
    hours: int = 0  # of `date`
    where: str = ""
    again: str = NEVER
    again_after_days: int = 0

    @property
    def events(self) -> tuple[str, ...]:
        return (self.event, *self.or_events) if self.event else ()

    @property
    def kind(self) -> str:
        named = {"segment": self.segment, "event": self.event, "signal": self.signal}
        return next((kind for kind, value in named.items() if value), "") or (
            "date" if self.date else "manual"
        )


class To(msgspec.Struct, frozen=True):
    """Which people of an account get what a play over accounts says."""

    roles: tuple[str, ...] = ()
    at_most: int = 1
    left_out_by: str = ""  # a signal: whom an open one of the account names is left out


class Goal(msgspec.Struct, frozen=True):
    """What the play is for: reached within so many days of entry. `ends`: and then it is over."""

    event: str = ""
    where: str = ""
    within_days: int = 14
    ends: bool = True
    or_events: tuple[str, ...] = ()  # any of which does as well

    @property
    def events(self) -> tuple[str, ...]:
        return (self.event, *self.or_events) if self.event else ()


class Exit(msgspec.Struct, frozen=True):
    events: tuple[str, ...] = ()
    where: str = ""


class OnAnswer(msgspec.Struct, frozen=True):
    """What one of us does when a survey is answered: always, or by the answer to one question."""

    title: Texts
    within_days: int = 2
    question: str = ""
    at_least: int = 0  # of a score, both included; of a choice its place, from 0
    at_most: int = 10


class Message(msgspec.Struct, frozen=True, kw_only=True, tag="message"):
    """One message to each person that the play is for."""

    channel: str  # mail | in_app
    template: str  # name of the files, without the language
    kind: str = ""  # of what is shown in the product
    valid_until: str = ""  # a date of the card: past it, the message is of no use
    names: str = ""  # of NAMED: what it speaks of, where it brings somebody back
    for_days: int = 30  # how long something waits to be shown in the product
    on_answer: OnAnswer | None = None


class Call(msgspec.Struct, frozen=True, tag="webhook"):
    """Tell a webhook of tenure.toml, with these columns of the card. With a `text` it is Slack."""

    to: str
    columns: tuple[str, ...] = ()
    text: str = ""  # Liquid, in Slack's own marks


class Work(msgspec.Struct, frozen=True, tag="task"):
    """Something a person of ours does."""

    title: Texts
    text: Texts
    within_days: int = 3
    checklist: tuple[str, ...] = ()


class SetTrait(msgspec.Struct, frozen=True, tag="set"):
    trait: str
    value: str | int | float | bool


class Wait(msgspec.Struct, frozen=True, kw_only=True, tag="wait"):
    """Until a time has passed, a wall time has come, a date of the card is near, or an event."""

    days: int = 0
    hours: int = 0
    until: time | None = None
    weekdays: tuple[int, ...] = ()
    clock: str = THEIRS
    date: str = ""
    date_hours: int = 0  # before (negative) or after it
    event: str = ""
    at_most_days: int = 0
    otherwise: str = ""  # where to go when the event has not come; "": to the next step


class Way(msgspec.Struct, frozen=True):
    """One way out of a branch, or one arm of a split."""

    to: str
    where: str = ""
    share: float = 0.0


class Branch(msgspec.Struct, frozen=True, tag="branch"):
    """The first way whose condition holds; none: the next step, or `otherwise`."""

    ways: tuple[Way, ...]
    otherwise: str = ""


class Split(msgspec.Struct, frozen=True, tag="split"):
    """By chance, the same each time for an account. Shares add up to 1."""

    ways: tuple[Way, ...]


class GoalCheck(msgspec.Struct, frozen=True, tag="goal_check"):
    """Where to go when the goal has been reached by now; else the next step."""

    to: str


Act = Message | Call | Work | SetTrait | Wait | Branch | Split | GoalCheck


class Step(msgspec.Struct, frozen=True):
    name: str
    act: Act
    goes_to: str = ""  # "": the step below it


class Play(msgspec.Struct, frozen=True, kw_only=True):
    """The whole folder. `digest` names this version for ever."""

    name: str
    digest: str
    titles: Texts  # by language; "" where it has one that is said to everybody
    over: str = ACCOUNT
    languages: tuple[str, ...] = ("en",)
    purpose: str = MARKETING
    topic: str = ""
    priority: int = 50
    source: str = ""
    entry: Entry = Entry(is_manual=True)
    to: To = To()
    goal: Goal | None = None
    exit: Exit = Exit()
    hold_out_share: float = 0.2
    opt_in: bool = False  # only to who said that they want this topic
    asks: bool = False  # all of it asks for something: a review, a score, an introduction
    deadline_hours: int | None = None
    steps: tuple[Step, ...] = ()
    moved: Mapping[str, str] = {}  # old names of steps, and what they are called now
    files: Mapping[str, str] = {}  # what stands in the folder beside play.toml

    @property
    def title(self) -> str:
        """What it is called, in the reader's language where it has that, else in its first."""
        first = next(iter(self.titles.values()), self.name)
        return self.titles.get(nearest(get_language() or "", tuple(self.titles)), first)

    def step(self, name: str) -> Step | None:
        """The step of that name."""
        return next((each for each in self.steps if each.name == name), None)

    def after(self, name: str) -> str:
        """Where it goes on after a step that says nothing else; `end` after the last."""
        step = self.step(name)
        if step is not None and step.goes_to:
            return step.goes_to
        names = [each.name for each in self.steps]
        place = names.index(name) + 1
        return names[place] if place < len(names) else END

    def conditions(self) -> list[str]:
        """Every condition that the engine may ask, each once, in order."""
        asked = [self.exit.where, self.goal.where if self.goal else ""]
        for step in self.steps:
            if isinstance(step.act, Branch):
                asked += [way.where for way in step.act.ways]
        return list(dict.fromkeys(text for text in asked if text))

    def events(self) -> set[str]:
        """Names of the events that move an enrolment on, or out."""
        waits = [step.act for step in self.steps if isinstance(step.act, Wait)]
        named = {wait.event for wait in waits} | set(self.exit.events)
        return (named | set(self.goal.events if self.goal else ())) - {""}

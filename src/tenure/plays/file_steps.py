"""The steps of a play, as its file states them."""

import re
from datetime import time

from msgspec.structs import replace

from tenure.definitions.toml_file import Fields
from tenure.messages.slack import NAME as _PLACE
from tenure.plays import parts
from tenure.plays.moments import WEEKDAYS
from tenure.plays.parts import Act, Step, Way
from tenure.plays.reading import Reading, hours_around
from tenure.tasks.work import CHECKLIST_ITEMS_MAX, TITLE_CHARACTERS_MAX

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_ACTS = (
    "mail", "in_app", "webhook", "slack", "task", "set", "wait", "branch", "split", "goal_check",
)  # fmt: skip
_HOOKS = ("webhook",)  # of tenure.toml
_SHARES = 1e-6


def steps_of(reading: Reading) -> tuple[Step, ...]:
    """The steps in order, their names unique. Raises BadDefinition."""
    steps: list[Step] = []
    for read in reading.fields.tables("step"):
        step = _step(reading.below(read))
        if any(step.name == other.name for other in steps):
            raise read.refuse("name", f"there is another {step.name!r}; rename one")
        steps.append(step)
    return tuple(steps)


def _step(reading: Reading) -> Step:
    read = reading.fields
    name = read.text("name")
    if not _SLUG.fullmatch(name):
        raise read.refuse("name", f"{name!r} is no name; use a-z, 0-9, _ and -, at most 63")
    acts = [act for act in _ACTS if act in read.values]
    if len(acts) != 1:
        said = " and ".join(acts) or "none"
        raise read.refuse(acts[1] if acts else "mail", f"{said} here; do one of {', '.join(_ACTS)}")
    act = {
        "mail": _message, "in_app": _message, "webhook": _call, "slack": _post, "task": _work,
        "set": _set, "wait": _wait, "branch": _branch, "split": _split, "goal_check": _goal_check,
    }[acts[0]](reading, acts[0])  # fmt: skip
    return Step(name, act, read.text("goes_to", ""))


def _message(reading: Reading, channel: str) -> Act:
    read = reading.fields
    said = parts.Message(
        channel=channel,
        template=read.text(channel),
        valid_until=reading.date_column("valid_until"),
        names=read.text("names", "", among=parts.NAMED),
    )
    if channel != parts.IN_APP:
        return said
    return replace(
        said,
        kind=read.text("kind", "banner", among=parts.IN_APP_KINDS),
        for_days=read.whole("for_days", 30, least=1, most=365),
        on_answer=_on_answer(reading) if "on_answer" in read.values else None,
    )


def _on_answer(reading: Reading) -> parts.OnAnswer:
    below = reading.below(reading.fields.table("on_answer"))
    return parts.OnAnswer(
        title=below.texts("title"),
        within_days=below.fields.whole("within_days", 2, most=365),
        question=below.fields.text("question", ""),
        at_least=below.fields.whole("at_least", 0, most=10),
        at_most=below.fields.whole("at_most", 10, most=10),
    )


def _call(reading: Reading, field: str) -> Act:
    read, known = reading.fields.table(field), reading.names.vocabularies[parts.ACCOUNT].columns
    columns = read.texts("columns", ())
    for column in columns:
        if column not in known:
            raise read.unknown("columns", "column", column, known)
    return parts.Call(read.text("to", among=_HOOKS), tuple(columns))


def _post(reading: Reading, field: str) -> Act:
    read, known = reading.fields.table(field), reading.names.vocabularies[parts.ACCOUNT].columns
    to, columns = read.text("to"), read.texts("columns", ())
    if not _PLACE.fullmatch(to):
        raise read.refuse(
            "to", "name a place of [slack] in tenure.toml, such as sales; never its address"
        )
    for column in columns:
        if column not in known:
            raise read.unknown("columns", "column", column, known)
    return parts.Call(to, tuple(columns), read.text("text"))


def _work(reading: Reading, field: str) -> Act:
    below = reading.below(reading.fields.table(field))
    work = parts.Work(
        title=below.texts("title"),
        text=below.texts("text") if "text" in below.fields.values else {},
        within_days=below.fields.whole("within_days", 3, most=365),
        checklist=tuple(below.fields.texts("checklist", ())),
    )
    # What no task takes would be found out only when the first one is opened.
    if len(work.checklist) >= CHECKLIST_ITEMS_MAX:
        raise below.fields.refuse("checklist", f"use fewer than {CHECKLIST_ITEMS_MAX} items")
    for name, said in (("text", work.text.values()), ("checklist", work.checklist)):
        if any(len(each) > TITLE_CHARACTERS_MAX for each in said):
            raise below.fields.refuse(name, f"write at most {TITLE_CHARACTERS_MAX} characters")
    return work


def _set(reading: Reading, field: str) -> Act:
    read = reading.fields.table(field)
    if len(read.values) != 1:
        raise reading.fields.refuse(field, 'write one trait: set = { plan_wish = "Team" }')
    [(trait, value)] = read.values.items()
    read.known(trait)
    if not isinstance(value, str | int | float | bool):
        raise read.refuse(trait, f"{value!r} is no trait; write a text, a number, true or false")
    return parts.SetTrait(trait, value)


def _wait(reading: Reading, field: str) -> Act:
    below = reading.below(reading.fields.table(field))
    read = below.fields
    wait = parts.Wait(
        days=read.whole("days", 0, most=3660),
        hours=read.whole("hours", 0, most=24 * 366),
        until=_wall(read),
        weekdays=_weekdays(read),
        clock=read.text("in", parts.THEIRS, among=(parts.THEIRS, parts.OURS)),
        date=below.date_column("date"),
        date_hours=hours_around(read),
        event=read.text("event", ""),
        at_most_days=read.whole("at_most_days", 0, most=3660),
        otherwise=read.text("else", ""),
    )
    kinds = [bool(wait.days or wait.hours or wait.until), bool(wait.date), bool(wait.event)]
    if sum(kinds) != 1:
        raise reading.fields.refuse(
            field, "wait for one thing: days, hours and until, or a date, or an event"
        )
    if wait.weekdays and wait.until is None:
        raise read.refuse("on", 'on these days, at what time? add until = "09:00"')
    if (wait.at_most_days or wait.otherwise) and not wait.event:
        raise read.refuse("at_most_days", "this is of a wait for an event; state which")
    if wait.otherwise and not wait.at_most_days:
        raise read.refuse("else", "it is waited for ever; add at_most_days")
    return wait


def _wall(read: Fields) -> time | None:
    said = read.text("until", "")
    if not said:
        return None
    wall: time | None
    try:
        wall = time.fromisoformat(said)
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is not None:
        raise read.refuse("until", f"{said!r} is no time of day; write it as 09:00")
    return wall


def _weekdays(read: Fields) -> tuple[int, ...]:
    said = read.texts("on", ())
    for day in said:
        if day not in WEEKDAYS:
            raise read.unknown("on", "weekday", day, WEEKDAYS)
    return tuple(WEEKDAYS.index(day) for day in said)


def _branch(reading: Reading, field: str) -> Act:
    ways = tuple(
        Way(below.fields.text("to"), where=below.condition() or _no_condition(below))
        for below in map(reading.below, reading.fields.tables(field))
    )
    if not ways:
        raise reading.fields.refuse(field, "give it a way: branch = [{ where = ..., to = ... }]")
    return parts.Branch(ways, reading.fields.text("else", ""))


def _no_condition(reading: Reading) -> str:
    raise reading.fields.refuse("where", "this is missing; for all others write else beside branch")


def _split(reading: Reading, field: str) -> Act:
    ways = []
    for read in reading.fields.tables(field):
        share = read.number("share")
        if not 0 < share < 1:
            raise read.refuse(
                "share", f"{share:g} is no share of a split; write one between 0 and 1"
            )
        ways.append(Way(read.text("to"), share=share))
    if abs(sum(way.share for way in ways) - 1) > _SHARES:
        raise reading.fields.refuse(
            field, f"the shares add up to {sum(way.share for way in ways):g}; make it 1"
        )
    return parts.Split(tuple(ways))


def _goal_check(reading: Reading, field: str) -> Act:
    return parts.GoalCheck(reading.fields.table(field).text("to"))

"""How the steps of a play hang together: where each may go on, and what is wrong with that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tenure.plays.parts import END, Branch, GoalCheck, Play, Split, Step, Wait


@dataclass(frozen=True, slots=True)
class Fault:
    """A step from which a play cannot be right; `field` is of the step."""

    step: str
    field: str
    message: str


def ways_on(play: Play, step: Step) -> list[str]:
    """Every step at which it may go on from this one; `end` where the play may be over."""
    after, act = play.after(step.name), step.act
    if isinstance(act, Branch):
        found = [*(way.to for way in act.ways), act.otherwise or after]
    elif isinstance(act, Split):
        found = [way.to for way in act.ways]
    elif isinstance(act, GoalCheck):
        found = [act.to, after]
    elif isinstance(act, Wait) and act.event and act.at_most_days:
        found = [after, act.otherwise or after]
    else:
        found = [after]
    return list(dict.fromkeys(found))


def faults(play: Play) -> list[Fault]:
    """What is wrong with the ways of a play: places that are not there, steps that nobody reaches,
    and rounds without a wait, in which it would go for ever."""
    known = {step.name for step in play.steps} | {END}
    found = [
        Fault(step.name, "to", f"there is no step {to!r}; name one of the play's, or 'end'")
        for step in play.steps
        for to in ways_on(play, step)
        if to not in known
    ]
    if found:
        return found
    ways = {step.name: ways_on(play, step) for step in play.steps}
    return [*_unreached(play, ways), *_rounds(play, ways)]


def _unreached(play: Play, ways: Mapping[str, list[str]]) -> Iterator[Fault]:
    reached, open_ = set[str](), [play.steps[0].name]
    while open_:
        name = open_.pop()
        if name != END and name not in reached:
            reached.add(name)
            open_ += ways[name]
    for step in play.steps:
        if step.name not in reached:
            yield Fault(step.name, "name", "no step leads here; lead one, or leave it out")


def _rounds(play: Play, ways: Mapping[str, list[str]]) -> Iterator[Fault]:
    """Steps that come back to themselves without a wait on the way that really waits."""
    still = {step.name for step in play.steps if not _really_waits(step)}
    for start in [step.name for step in play.steps if step.name in still]:
        seen, open_ = set[str](), [to for to in ways[start] if to in still]
        while open_:
            name = open_.pop()
            if name == start:
                yield Fault(start, "to", "it comes back to itself without a wait; put one between")
                break
            if name not in seen:
                seen.add(name)
                open_ += [to for to in ways[name] if to in still]


def _really_waits(step: Step) -> bool:
    """A wait for a wall time or a date may be over at once, so it stops no round."""
    act = step.act
    return isinstance(act, Wait) and bool(act.days or act.hours or act.event)

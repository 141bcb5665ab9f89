"""stuck_at_step: an account does not get on along the path to first value.

Rule    the product file declares the steps in order, each with the days it may take from the step
        before (the first: from the account's first use). When they have passed without the next
        step, not counting days that were not measured (`measured.py`), the account is stuck there;
        each step once. A later step that comes first passes those before it. It ends by itself when
        the step, or a later one, is reached.
"""

from collections.abc import Iterator

from tenure.signals.days import DAY_US
from tenure.signals.happenings import Happening
from tenure.signals.measured import Measured
from tenure.signals.outcomes import Outcome, raised, resolved
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState

KIND = "stuck_at_step"
HEARS = frozenset({"use", "event", "fact"})


def on(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    """A step is reached, the account begins, or it ends."""
    steps = rules.product.first_value.steps
    if not steps:
        return
    memory = state.of(KIND)
    if happening.sort == "fact":
        if happening.name == "end" and state.has_ended(happening.known_at):
            for standing in state.all_standing(KIND):
                yield resolved(state, standing, at=happening.known_at, because="subscription_ended")
        return
    if happening.sort == "use":
        if memory.get("first_at") != state.first_at:
            memory["first_at"] = state.first_at
            _set_wake(state, rules)
        return
    reached: dict[str, int] = memory.setdefault("reached", {})
    is_new = False
    for step in steps:
        if step.event == happening.name:
            is_new |= step.name not in reached or happening.at < reached[step.name]
            reached[step.name] = min(happening.at, reached.get(step.name, happening.at))
    if not is_new:
        return
    place = _place(state, rules)
    passed = {step.name for step in steps[:place]}
    for standing in state.all_standing(KIND):
        if standing.topic in passed:
            yield resolved(state, standing, at=happening.known_at, because="step_reached")
    _set_wake(state, rules)


def due(state: AccountState, rules: Rules, at: int, measured: Measured) -> Iterator[Outcome]:
    """Whether the next step is late."""
    awaited = _awaited(state, rules)
    if awaited is None or state.has_ended(at):
        return
    deadline = measured.passed_at(*awaited, at)
    if deadline > at:
        state.wake(KIND, deadline)
        return
    steps = rules.product.first_value.steps
    place = _place(state, rules)
    step = steps[place]
    told = state.of(KIND).setdefault("told", [])
    if step.name in told:
        return
    told.append(step.name)
    before = steps[place - 1] if place else None
    base_at = state.of(KIND)["reached"].get(before.name) if before else state.first_at
    yield raised(
        state,
        KIND,
        deadline,
        at=at,
        topic=step.name,
        episode=step.name,
        urgency="soon",
        evidence=[
            {"what": "step_before", "at": base_at, "step": before.title}
            if before and base_at
            else {"what": "first_use", "at": state.first_at},
            {"what": "step_missing", "step": step.title, "days": step.within_days},
        ],
        next_step="take_the_step",
        params={"step": step.title, "next": step.next, "days": step.within_days},
        is_silence=True,
    )


def _place(state: AccountState, rules: Rules) -> int:
    """The index of the step that is next: after the last that was reached."""
    reached = state.of(KIND).get("reached", {})
    steps = rules.product.first_value.steps
    return max((n for n, step in enumerate(steps, 1) if step.name in reached), default=0)


def _awaited(state: AccountState, rules: Rules) -> tuple[int, int] | None:
    """Since when the next step is awaited, and how many days it may take."""
    steps = rules.product.first_value.steps
    place = _place(state, rules)
    if place >= len(steps) or steps[place].within_days is None:
        return None
    base_at = state.of(KIND)["reached"][steps[place - 1].name] if place else state.first_at
    return (base_at, steps[place].within_days) if base_at else None


def _set_wake(state: AccountState, rules: Rules) -> None:
    place, steps = _place(state, rules), rules.product.first_value.steps
    is_told = place < len(steps) and steps[place].name in state.of(KIND).get("told", [])
    awaited = None if is_told else _awaited(state, rules)
    state.wake(KIND, awaited and awaited[0] + awaited[1] * DAY_US)

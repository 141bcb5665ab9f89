"""paid_feature_unused: the plan was taken for more than is used of it.

Rule    30 days after a paid plan was taken, features that set it apart from the cheaper plan and
        that it contains were never used by the account: one signal that names them all. It begins
        anew when the plan changes, and ends by itself when each of them has been used.
"""

from collections.abc import Iterator
from functools import lru_cache

from tenure.signals.days import DAY_US
from tenure.signals.happenings import Happening
from tenure.signals.measured import Measured
from tenure.signals.outcomes import Outcome, raised, resolved
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState

KIND = "paid_feature_unused"
HEARS = frozenset({"use", "fact"})


def on(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    """A feature is used for the first time, or the plan is another one."""
    standing = state.standing(KIND)
    if happening.sort == "fact":
        if happening.at > happening.known_at:
            state.wake_by(KIND, happening.at)
        yield from _follow_plan(state, rules, happening.known_at)
        return
    if not is_first_use(happening.name, state, rules):
        return
    used = features_by_event(rules)[happening.name]
    state.features = sorted({*state.features, *used})
    if standing is not None:
        missing = [each for each in state.of(KIND)["unused"] if each not in state.features]
        if not missing:
            yield resolved(state, standing, at=happening.known_at, because="used")


def due(state: AccountState, rules: Rules, at: int, measured: Measured) -> Iterator[Outcome]:
    """Whether what was paid for is used by now."""
    yield from _follow_plan(state, rules, at)
    held = state.of(KIND).get("plan")
    if held is None or held[2]:
        return
    plan, since_at, _ = held
    tells_at = measured.passed_at(since_at, rules.paid_feature_unused.after_days, at)
    if tells_at > at:
        state.wake_by(KIND, tells_at)
        return
    held[2] = 1
    unused = [
        feature
        for feature in rules.product.features
        if feature.sets_apart_plan and plan in feature.plans and feature.name not in state.features
    ]
    if not unused:
        return
    state.of(KIND)["unused"] = [feature.name for feature in unused]
    yield raised(
        state,
        KIND,
        tells_at,
        at=at,
        episode=f"{plan}:{since_at}",
        urgency="watch",
        evidence=[
            {"what": "plan_taken", "at": since_at, "plan": plan},
            *({"what": "never_used", "feature": each.name, "title": each.title} for each in unused),
        ],
        next_step="show_the_feature",
        params={"plan": plan, "features": [feature.title for feature in unused]},
        is_silence=True,
    )


def is_first_use(name: str, state: AccountState, rules: Rules) -> bool:
    """Whether an event of that name shows a feature that the account did not use before."""
    shown = features_by_event(rules).get(name)
    return shown is not None and any(each not in state.features for each in shown)


@lru_cache(maxsize=8)
def features_by_event(rules: Rules) -> dict[str, list[str]]:
    """The features that each event shows."""
    found: dict[str, list[str]] = {}
    for feature in rules.product.features:
        for event in feature.events:
            found.setdefault(event, []).append(feature.name)
    return found


def _follow_plan(state: AccountState, rules: Rules, at: int) -> Iterator[Outcome]:
    """Note since when the paid plan runs; another plan is another question."""
    memory = state.of(KIND)
    version = state.version(at)
    paid = version is not None and version.mrr_minor > 0
    held = memory.get("plan")
    standing = state.standing(KIND)
    if version is None or not paid:
        memory["plan"] = None
        if standing is not None:
            yield resolved(state, standing, at=at, because="plan_ended")
        return
    since_at = _since(state, version.plan, at)
    if held is not None and held[0] == version.plan and held[1] <= since_at:
        return
    if standing is not None and (held is None or held[0] != version.plan):
        yield resolved(state, standing, at=at, because="plan_changed")
    if state.standing(KIND) is None:
        memory["plan"] = [version.plan, since_at, 0]
        state.wake_by(KIND, since_at + rules.paid_feature_unused.after_days * DAY_US)


def _since(state: AccountState, plan: str, at: int) -> int:
    """Since when a version with that plan has run without a break by another one."""
    since = at
    for contract in state.contracts.values():
        starts = [each for each in contract.starts if each.at <= at]
        for start in reversed(starts):
            if start.plan != plan or start.mrr_minor <= 0:
                break
            since = min(since, start.at)
    return since

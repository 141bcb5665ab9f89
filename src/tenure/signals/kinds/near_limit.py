"""near_limit: an account comes near a limit of its plan, or is at it.

Rule    counted exactly, over the rows of the lake as they arrive: events, a property's last value
        or sum, people who belong to the account, or seats paid for (the product file says which),
        for ever or in a month of the company's calendar. A signal at 80 and at 100 % (the rules say
        at which), once for each crossing: from below to at or above. Reaching 100 % ends the signal
        of 80 %. It ends by itself when the count is below again, when the plan allows more, or when
        a new month begins.
"""

from collections.abc import Iterator
from typing import Any

from tenure.base.ids import digest
from tenure.card.product import Limit
from tenure.signals.happenings import Happening
from tenure.signals.measured import Measured
from tenure.signals.outcomes import Outcome, raised, resolved
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState
from tenure.signals.watched import LEAVING

KIND = "near_limit"
HEARS = frozenset({"use", "event", "fact"})
EVER = "ever"
MEMBERS_KEPT = 20_000


def on(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    """Signals of the limits that this happening counts for."""
    for limit in rules.product.limits:
        if _count(happening, state, rules, limit):
            yield from _judge(limit, state, rules, happening.known_at, happening.at)


def due(state: AccountState, rules: Rules, at: int, measured: Measured) -> Iterator[Outcome]:
    """A new month, or a version of the subscription that was agreed before: counted anew."""
    for limit in rules.product.limits:
        yield from _judge(limit, state, rules, at, at)


def _count(happening: Happening, state: AccountState, rules: Rules, limit: Limit) -> bool:
    """Whether what is counted may have changed, or how much of it is allowed."""
    if happening.sort == "fact":
        if happening.at > happening.known_at:
            state.wake_by(KIND, happening.at)
        return happening.name in ("start", "end")
    memory = state.of(KIND)
    if limit.counts == "people":
        return bool(happening.person_id) and _count_member(happening, memory)
    if happening.sort != "event" or happening.name != limit.event:
        return False
    period = rules.calendar.month_of(happening.at) if limit.period == "month" else EVER
    counts: dict[str, Any] = memory.setdefault("counts", {}).setdefault(limit.name, {})
    if limit.counts == "events":
        counts[period] = counts.get(period, 0) + 1
    else:
        value = _number(happening.properties.get(limit.property))
        if value is None:
            return False
        if limit.counts == "sum":
            counts[period] = counts.get(period, 0) + value
        else:
            counts[period] = max(counts.get(period, [0, 0]), [happening.at, value])
    for old in sorted(counts)[:-3]:
        del counts[old]
    return True


def _count_member(happening: Happening, memory: dict[str, Any]) -> bool:
    """Who was there or was added belongs to the account until removed from it."""
    is_removal = happening.sort == "event" and happening.name == LEAVING
    members = memory.setdefault("members", {})
    who = digest(happening.person_id)[:12]
    held = members.get(who)
    if held is not None and (held[0] >= happening.at or (bool(held[1]) != is_removal)):
        if held[0] < happening.at and is_removal == (not held[1]):
            held[0] = happening.at
        return False
    if held is None and len(members) >= MEMBERS_KEPT:
        return False
    members[who] = [happening.at, 0 if is_removal else 1]
    return True


def _judge(
    limit: Limit, state: AccountState, rules: Rules, at: int, happened_at: int
) -> Iterator[Outcome]:
    memory = state.of(KIND)
    is_monthly = limit.period == "month" and limit.counts in ("events", "value", "sum")
    period = rules.calendar.month_of(at) if is_monthly else EVER
    plan = _plan(state, rules, at)
    at_most = plan[1].get(limit.name) if plan else None
    count = _counted(limit, state, period, at)
    reached = 0
    if at_most:
        reached = max(
            (each for each in rules.near_limit.at_percent if count * 100 >= each * at_most),
            default=0,
        )
    levels = memory.setdefault("levels", {})
    level, crossings, known_period = levels.get(limit.name, [0, 0, period])
    if known_period != period:
        level, crossings = 0, 0
    standing = state.standing(KIND, limit.name)
    if standing is not None and (reached != level or known_period != period):
        yield resolved(state, standing, at=at, because=_because(reached, known_period != period))
    if reached > level and plan is not None:
        crossings += 1
        yield raised(
            state,
            KIND,
            happened_at,
            at=at,
            topic=limit.name,
            episode=f"{reached}:{period}:{crossings}",
            urgency="now" if reached >= 100 else "soon",
            evidence=[
                {"what": "count", "at": happened_at, "limit": limit.name, "count": count,
                 "at_most": at_most, "percent": reached}
            ],
            next_step="offer_more_room" if reached >= 100 else "talk_about_room",
            params={"limit": limit.name, "title": limit.title, "plan": plan[0], "count": count,
                    "at_most": at_most, "percent": reached},
        )  # fmt: skip
    levels[limit.name] = [reached, crossings, period]
    if is_monthly and reached:
        state.wake_by(KIND, rules.calendar.next_month_at(period))


def _because(reached: int, is_new_period: bool) -> str:
    if is_new_period:
        return "new_period"
    return "next_threshold" if reached else "below_limit"


def _counted(limit: Limit, state: AccountState, period: str, at: int) -> float:
    memory = state.of(KIND)
    if limit.counts == "seats":
        version = state.version(at)
        return version.quantity if version else 0
    if limit.counts == "people":
        return sum(held[1] for held in memory.get("members", {}).values())
    counted = memory.get("counts", {}).get(limit.name, {}).get(period, 0)
    return counted[1] if isinstance(counted, list) else counted


def _plan(state: AccountState, rules: Rules, at: int) -> tuple[str, Any] | None:
    version = state.version(at)
    if version is None:
        return None
    for plan in rules.product.plans:
        if plan.name == version.plan:
            return plan.name, plan.limits
    return None


def _number(value: Any) -> float | int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return None

"""How many are still there after so many days, when some have not been watched that long.

Kaplan–Meier, with Greenwood's variance on the log-log scale: the interval stays within 0 and 1, and
is right of few. Source: Kalbfleisch & Prentice, The Statistical Analysis of Failure Time Data, 1.4.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from tenure.base.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class SurvivalPoint:
    """The share still there on a day. `low`, `high` and `share` are None where nobody was watched
    as long: then nothing is known. `at_risk` were there and watched just before that day.
    """

    at_days: float
    share: float | None
    low: float | None
    high: float | None
    at_risk: int
    ended: int  # until that day, that day included


def kaplan_meier(
    days: Sequence[float],
    has_ended: Sequence[bool],
    at_days: Iterable[float],
    level: float = 0.95,
) -> list[SurvivalPoint]:
    """One point for each of `at_days`, in their order.

    `days` is how long each was watched, `has_ended` whether it ended then; else it is watched no
    further. Who ends on the day that another is last watched on ends before. Raises InvalidInput
    when they differ in length, or a day is negative.
    """
    if len(days) != len(has_ended):
        raise InvalidInput(
            f"days has {len(days)} values and has_ended {len(has_ended)}; give one of each for all",
            field="has_ended",
        )
    if any(not day >= 0 for day in days):
        raise InvalidInput(
            "days: one is negative, or no number; count from the start", field="days"
        )
    ends = sorted(day for day, ended in zip(days, has_ended, strict=True) if ended)
    watched = sorted(days)
    z = NormalDist().inv_cdf((1 + level) / 2)
    steps = _steps(watched, ends)
    return [_point(at, watched, steps, z) for at in at_days]


@dataclass(frozen=True, slots=True)
class _Step:
    """From `day` on."""

    day: float
    share: float
    greenwood: float  # Var(S) ÷ S²
    ended: int


def _steps(watched: Sequence[float], ends: Sequence[float]) -> list[_Step]:
    steps = [_Step(-1.0, 1.0, 0.0, 0)]
    at = passed = 0
    while at < len(ends):
        day, count = ends[at], 0
        while at < len(ends) and ends[at] == day:
            at, count = at + 1, count + 1
        while passed < len(watched) and watched[passed] < day:
            passed += 1
        here, last = len(watched) - passed, steps[-1]
        left = here - count
        greenwood = last.greenwood + (count / (here * left) if left else math.inf)
        steps.append(_Step(day, last.share * left / here, greenwood, last.ended + count))
    return steps


def _point(
    at_days: float, watched: Sequence[float], steps: Sequence[_Step], z: float
) -> SurvivalPoint:
    step = next(step for step in reversed(steps) if step.day <= at_days)
    at_risk = sum(day >= at_days for day in watched)
    is_known = bool(watched) and (at_risk > 0 or step.share == 0.0)
    if not is_known:
        return SurvivalPoint(at_days, None, None, None, at_risk, step.ended)
    low, high = _interval(step, z, len(watched))
    return SurvivalPoint(at_days, step.share, low, high, at_risk, step.ended)


def _interval(step: _Step, z: float, count: int) -> tuple[float, float]:
    """Where nobody, or everybody, has ended the log-log scale ends too: the score interval of a
    share holds there.
    """
    if step.share in (0.0, 1.0):
        edge = z * z / (count + z * z)
        return (0.0, edge) if step.share == 0.0 else (1.0 - edge, 1.0)
    spread = z * math.sqrt(step.greenwood) / abs(math.log(step.share))
    return step.share ** math.exp(spread), step.share ** math.exp(-spread)

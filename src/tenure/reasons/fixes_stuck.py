"""How many of those who come to a step get stuck there, before and after a fix shipped.

Stuck is who has not taken it in the days that the product file gives it. Compared are accounts that
came to it in two equal times: before, so early that their days were over when it shipped; after,
so early that they are over now.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist

from tenure.kit.sql_file import load
from tenure.lake.reading import Reader
from tenure.proof.shares import Share, difference_of_shares, share_of
from tenure.reasons.fixes_at_risk import StepDays

DAYS_GIVEN = 14  # to a step to which the product file gives none
WORTH = 0.1  # a difference in the share that would matter: ten of a hundred
MOST_NEEDED = 1_000_000


@dataclass(frozen=True, slots=True)
class StuckShares:
    """`difference`, after less before, with its interval; None where one side is of nobody."""

    days_given: int
    window_days: int
    before: Share
    after: Share
    difference: tuple[float, float, float] | None
    more_needed: int | None  # accounts that come to it, about, until a difference would be known

    @property
    def is_known(self) -> bool:
        return self.difference is not None and not self.difference[1] <= 0 <= self.difference[2]


def step_days(reader: Reader, step: str) -> dict[str, StepDays]:
    """When each account came to the step and took it. Nothing for a step that is not declared."""
    rows = reader.rows(load("tenure.reasons", "fix_step"), step=step)
    return {
        str(row["account_id"]): StepDays(row["came_on"], row["took_on"])  # type: ignore[arg-type]
        for row in rows
    }


def stuck_shares(
    steps: Mapping[str, StepDays],
    *,
    shipped_on: date,
    until_on: date,
    days_given: int | None,
    looks: tuple[int, ...],
    level: float,
) -> StuckShares | None:
    """The two shares; None before the first look is over, or where no account came before."""
    given = DAYS_GIVEN if days_given is None else days_given
    came = [each for each in steps.values() if each.came_on is not None]
    if not came:
        return None
    first_on = min(each.came_on for each in came if each.came_on)
    longest = min(
        (until_on - shipped_on).days - given,
        (shipped_on - first_on).days - given,
    )
    window_days = max((days for days in looks if days <= longest), default=0)
    if not window_days:
        return None
    window, grace = timedelta(days=window_days), timedelta(days=given)
    before = _share(came, shipped_on - grace - window, shipped_on - grace, given, level)
    after = _share(came, shipped_on, shipped_on + window, given, level)
    difference = difference_of_shares(after, before)
    known = difference is not None and not difference[1] <= 0 <= difference[2]
    return StuckShares(
        given,
        window_days,
        before,
        after,
        difference,
        None if known else _more_needed(before, after, level),
    )


def _share(
    came: list[StepDays], first_on: date, before_on: date, given: int, level: float
) -> Share:
    inside = [each for each in came if each.came_on and first_on <= each.came_on < before_on]
    stuck = sum(
        each.took_on is None or (each.took_on - each.came_on).days > given
        for each in inside
        if each.came_on
    )
    return share_of(stuck, len(inside), level)


def _more_needed(before: Share, after: Share, level: float) -> int | None:
    """Accounts after, about, by the usual variance of a difference of two shares."""
    if before.value is None:
        return None
    seen = 0.0 if after.value is None else abs(after.value - before.value)
    worth = max(seen, WORTH)
    spread = max(before.value * (1 - before.value), 0.05) * 2
    z = NormalDist().inv_cdf((1 + level) / 2)
    needed = max(1, math.ceil(z * z * spread / worth**2) - after.of)
    return needed if needed <= MOST_NEEDED else None

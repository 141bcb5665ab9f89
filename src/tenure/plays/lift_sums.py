"""What is kept of accounts while they are counted: sums, so that a million take no more room.

One pass over the accounts of a play gives everything its report needs; sums of two plays stand
beside each other for what is said of both.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tenure.plays.lift_parts import AT_DAYS, GOAL, MRR, Entered

CLAIMS = (GOAL, *MRR)
Cell = tuple[str, str, float]  # claim, arm, chance of that arm


@dataclass(slots=True)
class Sums:
    """Of accounts with an outcome `y`, of whom `x` was known before."""

    count: int = 0
    x: float = 0.0
    xx: float = 0.0
    y: float = 0.0
    yy: float = 0.0
    xy: float = 0.0
    at_stake: float = 0.0  # the larger of both, where both are money

    def add(self, x: float, y: float) -> None:
        self.count += 1
        self.x += x
        self.xx += x * x
        self.y += y
        self.yy += y * y
        self.xy += x * y
        self.at_stake += max(x, y)


@dataclass(slots=True)
class Counted:
    """The accounts of one play, or of one split."""

    sums: defaultdict[Cell, Sums] = field(default_factory=lambda: defaultdict(Sums))
    arms: Counter[tuple[str, float]] = field(default_factory=Counter)  # arm and its chance
    not_over: Counter[str] = field(default_factory=Counter)  # by claim
    kept_back: int = 0

    @property
    def accounts(self) -> int:
        return self.arms.total()

    def of_arm(self, arm: str) -> int:
        return sum(count for (name, _), count in self.arms.items() if name == arm)

    def add(self, each: Entered) -> None:
        """One more account. Whom all plays leave alone says nothing of one."""
        if each.is_kept_back:
            self.kept_back += 1
            return
        share = round(each.share, 9)  # 1 − 0.8 is 0.2: arms of one share are one group
        self.arms[each.arm, share] += 1
        for claim, x, y in _outcomes(each):
            if y is None:
                self.not_over[claim] += 1
            elif 0 < share < 1:
                self.sums[claim, each.arm, share].add(x, y)

    def of(self, claim: str) -> Iterator[tuple[str, float, Sums]]:
        """Arm, its chance and its sums, for each in which somebody has an outcome."""
        for (name, arm, share), sums in sorted(self.sums.items()):
            if name == claim:
                yield arm, share, sums


def counted(entered: Iterable[Entered]) -> Counted:
    """All of these accounts."""
    found = Counted()
    for each in entered:
        found.add(each)
    return found


def _outcomes(each: Entered) -> Iterator[tuple[str, float, float | None]]:
    """Claim, what was before, and the outcome: None while its time is not over."""
    if not each.had_reached:
        reached = None if each.reached is None else float(each.reached)
        yield GOAL, math.log1p(each.events_before), reached
    for days, claim in zip(AT_DAYS, MRR, strict=True):
        if days in each.mrr_minor:  # without a rate there are none at all: that is told apart
            yield claim, each.mrr_before_minor, each.mrr_minor[days]

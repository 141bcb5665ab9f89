"""How much of somebody's attention is left, and which of what waits for them gets it? Pure.

Everything that reaches a person costs points, over all channels, and in any seven days they get no
more than an allowance. Of what waits, priority decides, then what is lost first by its deadline.
Whoever decides later takes no place from whoever decided before, so a weak message that would fit
now waits where a stronger one would have to wait longer for it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WINDOW = timedelta(days=7)
_NEVER = datetime.max.replace(tzinfo=UTC)

Opens = Callable[[datetime], datetime]  # the first moment from then on that their hours allow


@dataclass(frozen=True, slots=True)
class Spent:
    """Points that were spent at a moment, or will be."""

    at: datetime
    points: int


@dataclass(frozen=True, slots=True)
class Wish:
    """One message that waits. `lost_at`: from then on it is of no use."""

    key: int
    points: int
    priority: int
    since: datetime
    opens: Opens
    lost_at: datetime | None = None

    @property
    def rank(self) -> tuple[int, datetime, datetime, int]:
        """The smaller, the earlier it is served."""
        return -self.priority, self.lost_at or _NEVER, self.since, self.key


def place(wish: Wish, taken: Sequence[Spent], allowance: int, now: datetime) -> datetime | None:
    """The first moment at which it fits without taking the place of what is `taken`; None when that
    would be too late.
    """
    drops = {each.at + WINDOW for each in taken if each.at + WINDOW > now}
    for begins in sorted({now, *drops}):
        at = wish.opens(begins)
        if wish.lost_at is not None and at >= wish.lost_at:
            return None
        if _fits(at, wish.points, taken, allowance):
            return at
    return None


def spent_in_window(taken: Collection[Spent], at: datetime) -> int:
    """The points of the seven days up to a moment."""
    return sum(each.points for each in taken if at - WINDOW < each.at <= at)


def _fits(at: datetime, points: int, taken: Sequence[Spent], allowance: int) -> bool:
    """Whether no seven days that hold `at` come to more than the allowance."""
    if points == 0:
        return True
    ends = {at} | {each.at for each in taken if at <= each.at < at + WINDOW}
    return all(spent_in_window(taken, end) + points <= allowance for end in ends)

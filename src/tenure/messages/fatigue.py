"""How much of somebody's attention is left, and which of what waits for them gets it? Pure.

Everything that reaches a person costs points, over all channels, and in any seven days they get no
more than an allowance. Of what waits, priority decides, then what is lost first by its deadline.
Whoever decides later takes no place from whoever decided before, so a weak message that would fit
now waits where a stronger one would have to wait longer for it.

Who does not respond gets less: the allowance halves with every few messages since they were last in
the product or answered one. A whole account may have an allowance as well.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

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


@dataclass(frozen=True, slots=True)
class Week:
    """What any seven days of a person, or of an account, hold, and what is taken of it."""

    taken: Sequence[Spent]
    allowance: int

    def has_room(self, at: datetime, points: int) -> bool:
        """Whether no seven days that hold `at` come to more than the allowance."""
        return points == 0 or _Room(self, points).fits(at)


class _Room:
    """Where so many points fit into a week: asked of many moments, and sorted once."""

    def __init__(self, week: Week, points: int) -> None:
        taken = sorted((each.at, each.points) for each in week.taken)
        self._at = [at for at, _points in taken]
        self._sums = list(accumulate((points for _at, points in taken), initial=0))
        self._left = week.allowance - points
        # The ends of seven days that have no room: nothing fits in the days before each.
        self._full = [at for at in self._at if self._spent(at) > self._left]

    def fits(self, at: datetime) -> bool:
        if self._spent(at) > self._left:
            return False
        first = bisect_left(self._full, at)
        return first == len(self._full) or self._full[first] >= at + WINDOW

    def _spent(self, at: datetime) -> int:
        """What `spent_in_window` says."""
        before = bisect_right(self._at, at - WINDOW)
        return self._sums[bisect_right(self._at, at)] - self._sums[before]


def place(wish: Wish, weeks: Sequence[Week], now: datetime) -> datetime | None:
    """The first moment at which it fits into all of these without taking the place of what is taken
    there; None when that would be too late.
    """
    taken = [each for week in weeks for each in week.taken]
    drops = {each.at + WINDOW for each in taken if each.at + WINDOW > now}
    rooms = [_Room(week, wish.points) for week in weeks] if wish.points else []
    at: datetime | None = None
    for begins in sorted({now, *drops}):
        if at is not None and begins <= at:
            continue  # their hours open no earlier for it
        at = wish.opens(begins)
        if wish.lost_at is not None and at >= wish.lost_at:
            return None
        if all(room.fits(at) for room in rooms):
            return at
    return None


def allowance_of(points_a_week: int, ignored: int, halves_after: int, least: int) -> int:
    """What a week of somebody holds who let so many messages in a row go by: half for every
    `halves_after` of them, and never less than `least`, which is one mail. 0 halves never."""
    if halves_after == 0:
        return points_a_week
    return max(points_a_week >> min(ignored // halves_after, 30), min(least, points_a_week))


def spent_in_window(taken: Collection[Spent], at: datetime) -> int:
    """The points of the seven days up to a moment."""
    return sum(each.points for each in taken if at - WINDOW < each.at <= at)

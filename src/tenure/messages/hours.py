"""When may somebody be written to, by their own clock?

Quiet is what their clock shows, so an hour that a clock change repeats is quiet both times, and one
that it leaves out was never there. All moments are UTC in and out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenure.base.errors import InvalidInput

_LOOK_DAYS = 16  # two weeks, a day that a zone never had, and the day before


@dataclass(frozen=True, slots=True)
class Hours:
    """`quiet_from` until before `quiet_until` nothing goes out, over midnight where the first is
    the later one; nor on `quiet_days`, from 0, Monday. Nothing given: always open.

    Raises InvalidInput for hours that never open.
    """

    quiet_from: time | None = None
    quiet_until: time | None = None
    quiet_days: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise InvalidInput("quiet hours have a begin and an end; give both or neither")
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise InvalidInput(f"quiet from {self.quiet_from} until {self.quiet_until} never ends")
        if not self.quiet_days <= set(range(7)):
            raise InvalidInput(f"quiet days: {sorted(self.quiet_days)} has one outside of 0 to 6")
        if len(self.quiet_days) == 7:
            raise InvalidInput("quiet days: every day is quiet; leave one out")

    def is_open(self, wall: datetime) -> bool:
        """Whether something may go out when their clock shows this."""
        if wall.weekday() in self.quiet_days:
            return False
        begins, ends, at = self.quiet_from, self.quiet_until, wall.time()
        if begins is None or ends is None:
            return True
        is_quiet = begins <= at < ends if begins < ends else at >= begins or at < ends
        return not is_quiet


def next_open(now: datetime, zone: ZoneInfo, hours: Hours) -> datetime:
    """The first instant at `now` or later at which the clock of that zone shows an open hour."""
    if hours.is_open(now.astimezone(zone)):
        return now
    first = now.astimezone(zone).date() - timedelta(days=1)
    for ahead in range(_LOOK_DAYS + 1):
        for at in sorted(_turns(first + timedelta(days=ahead), zone, hours)):
            if at > now and hours.is_open(at.astimezone(zone)):
                return at
    raise AssertionError(f"{zone.key} has no open hour in {_LOOK_DAYS} days")


def _turns(day: date, zone: ZoneInfo, hours: Hours) -> Iterator[datetime]:
    """Every instant of a day at which quiet may end: its hour, midnight, a clock change."""
    for wall in (time(), hours.quiet_until):
        if wall is not None:
            yield _instant(day, wall, zone, fold=0)
            yield _instant(day, wall, zone, fold=1)
    begins = _instant(day, time(), zone, fold=0)
    if change := _change(begins, begins + timedelta(hours=26), zone):
        yield change


def _instant(day: date, wall: time, zone: ZoneInfo, *, fold: int) -> datetime:
    return datetime.combine(day, wall.replace(fold=fold), zone).astimezone(UTC)


def _change(begins: datetime, ends: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant between these at which the zone's clock is set, to the second."""
    before = begins.astimezone(zone).utcoffset()
    if ends.astimezone(zone).utcoffset() == before:
        return None
    low, high = 0, int((ends - begins).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        is_before = (begins + timedelta(seconds=middle)).astimezone(zone).utcoffset() == before
        low, high = (middle, high) if is_before else (low, middle)
    return begins + timedelta(seconds=high)

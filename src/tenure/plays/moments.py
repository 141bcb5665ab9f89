"""When is the next moment of a kind, on somebody's own clock?

A wall time that a clock change leaves out is meant by the clock before the change, so 02:30 becomes
03:30; one that comes twice is its first. Both as RFC 5545, section 3.3.5, has it. All moments are
UTC in and out.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenure.base.errors import InvalidInput

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_DAYS = 9  # a week, a day that a zone never had, and the day before


def at_wall(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant at which the clock of that zone shows that day and time."""
    return datetime.combine(day, wall, zone).astimezone(UTC)


def instant_of(value: object, zone: ZoneInfo) -> datetime | None:
    """A date of the card as an instant, a day from its begin in that zone; None for no date."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return at_wall(value, time(), zone) if isinstance(value, date) else None


def days_later(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same wall time so many calendar days on: 23 or 25 hours later where the clock changes."""
    if not days:
        return moment
    local = moment.astimezone(zone)
    wall = local.time().replace(tzinfo=None)
    return at_wall(local.date() + timedelta(days=days), wall, zone)


def next_wall(
    moment: datetime, wall: time, zone: ZoneInfo, weekdays: Collection[int] = ()
) -> datetime:
    """The first instant at `moment` or later that shows this wall time, on one of the weekdays.

    `weekdays` count from 0, Monday, and are those of the zone; none given means any. Raises
    InvalidInput for a number that is no weekday.
    """
    if any(not 0 <= each <= 6 for each in weekdays):
        raise InvalidInput(f"weekdays: {sorted(weekdays)} has one outside of 0 to 6")
    first = moment.astimezone(zone).date() - timedelta(days=1)
    for ahead in range(_LOOK_DAYS + 1):
        found = at_wall(first + timedelta(days=ahead), wall, zone)
        is_allowed = not weekdays or found.astimezone(zone).weekday() in weekdays
        if found >= moment and is_allowed:
            return found
    raise AssertionError(f"{zone.key} has no {wall} in {_LOOK_DAYS} days")

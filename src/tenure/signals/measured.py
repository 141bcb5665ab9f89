"""On which days was the company heard at all? On the others nobody was silent: none was measured.

When tracking stops for everybody, every account looks silent. So a silence counts only days on
which not far fewer accounts than usual were heard, in the same way: by use, talk, or a widget.

    usual      the median of the same weekday in the 8 weeks before, from 3 of them on
    measured   where 5 accounts or more are usual: when at least a fifth of them was heard;
               where fewer are: when anybody was heard, and else when the day before was measured
               (for talk and widgets: and use was), so that a small company has its silences

A day is judged by what was known on it and before it, so that what is said of it does not change:
it is the same live, when state is made anew, and in a replay.
"""

from collections.abc import Callable, Collection, Mapping
from statistics import median

from tenure.signals.days import DAY_US, Calendar

USE, TALK, WIDGET = "use", "talk", "widget"
WEEKS, LEAST_WEEKS = 8, 3
LEAST_ACCOUNTS = 5
LEAST_SHARE = 0.2

Heard = Mapping[str, Mapping[int, int]]  # how many accounts, by way and day; no zeros


class Measured:
    """`read` gives who was heard on each day before `today`; it is asked when somebody wants it."""

    def __init__(self, read: Callable[[], Heard], today: int, calendar: Calendar) -> None:
        self.today, self.ends_at = today, calendar.starts_at(today)
        self._read, self._calendar = read, calendar
        self._missing: dict[str, frozenset[int]] = {}
        self._before: dict[tuple[str, int], frozenset[int]] = {}

    def forget(self) -> None:
        """Ask again: more became known of days that are over."""
        self._missing.clear()
        self._before.clear()

    def missing(self, way: str, day: int) -> frozenset[int]:
        """The days before this one that were not measured in that way."""
        if not self._missing:
            self._missing |= unmeasured_days(self._read(), self.today)
        if (way, day) not in self._before:
            found = frozenset(each for each in self._missing[way] if each < day)
            self._before[way, day] = found
        return self._before[way, day]

    def look_on(self, way: str, day: int, today: int) -> int:
        """The day on which to look at a silence that would tell on `day`, unless it is broken.

        While nobody is heard it is tomorrow: what is imported late may tell of the days before.
        """
        return min(day, today + 1) if today - 1 in self.missing(way, today) else day

    def passed_at(self, since: int, days: int, at: int) -> int:
        """When so many measured days of use have passed since an instant, as is known `at`."""
        missing = self.missing(USE, self._calendar.day_of(at))
        first, passed_at = self._calendar.day_of(since), since + days * DAY_US
        while True:
            last = self._calendar.day_of(passed_at)
            left_out = sum(first <= each <= last for each in missing)
            before, passed_at = passed_at, since + (days + left_out) * DAY_US
            if passed_at == before:
                return passed_at


def unmeasured_days(heard: Heard, today: int) -> dict[str, frozenset[int]]:
    """The days before `today` on which nothing can be said of silence, by way."""
    found = {USE: _unmeasured(heard.get(USE, {}), today, frozenset())}
    for way in (TALK, WIDGET):
        found[way] = _unmeasured(heard.get(way, {}), today, found[USE])
    return found


def usual_on(counts: Mapping[int, int], day: int) -> float:
    """How many accounts are usually heard on such a day; 0 while that is not known."""
    first = min(counts, default=day)
    weeks = [day - 7 * n for n in range(1, WEEKS + 1) if day - 7 * n >= first]
    return median(counts.get(each, 0) for each in weeks) if len(weeks) >= LEAST_WEEKS else 0


def _unmeasured(counts: Mapping[int, int], today: int, of_use: Collection[int]) -> frozenset[int]:
    found: set[int] = set()
    for day in range(min(counts, default=today), today):
        heard, usual = counts.get(day, 0), usual_on(counts, day)
        if usual >= LEAST_ACCOUNTS:
            is_missing = heard < LEAST_SHARE * usual
        else:
            is_missing = not heard and (day - 1 in found or day in of_use)
        if is_missing:
            found.add(day)
    return frozenset(found)

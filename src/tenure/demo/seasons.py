"""When things happen: days of the simulation, seasons, working hours, time zones, outages."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

DAY_S = 86_400
WEEK_S = 7 * DAY_S
# Share of a usual week's use in each month, January first.
EVERYWHERE = (0.95, 1.0, 1.03, 0.98, 0.98, 1.0, 0.92, 0.78, 1.05, 1.05, 1.03, 0.68)
BY_INDUSTRY = {
    "events": (0.55, 0.65, 0.9, 1.1, 1.3, 1.4, 1.3, 1.15, 1.2, 0.95, 0.7, 0.6),
    "construction": (0.6, 0.7, 0.95, 1.1, 1.15, 1.15, 1.1, 1.1, 1.15, 1.1, 0.95, 0.65),
    "education": (1.05, 1.05, 1.05, 1.0, 1.05, 0.9, 0.45, 0.6, 1.2, 1.15, 1.05, 0.8),
    "tourism": (0.7, 0.75, 0.9, 1.0, 1.15, 1.3, 1.35, 1.3, 1.15, 0.9, 0.65, 0.8),
}
INDUSTRIES = (
    "agency", "consulting", "architecture", "engineering", "software", "legal", "accounting",
    "events", "construction", "education", "tourism",
)  # fmt: skip
SEASONAL = tuple(BY_INDUSTRY)
WEEKDAYS = np.array([1.05, 1.12, 1.1, 1.06, 0.86, 0.10, 0.06])  # Monday first
HOURS = np.array(
    [1, 0.5, 0.3, 0.3, 0.3, 1, 3, 12, 45, 85, 100, 90]
    + [50, 70, 92, 88, 75, 48, 22, 12, 9, 7, 4, 2]
)
_HOURS_SO_FAR = np.cumsum(HOURS) / HOURS.sum()
ZONES = (
    "Europe/Berlin", "Europe/Vienna", "Europe/Zurich", "Europe/Paris", "Europe/Amsterdam",
    "Europe/London", "Europe/Madrid", "America/New_York", "America/Chicago",
    "America/Los_Angeles", "America/Toronto", "Asia/Singapore", "Asia/Taipei", "Asia/Shanghai",
)  # fmt: skip


@dataclass(frozen=True)
class Calendar:
    """The days of one simulation: day 0 is `starts_on`; instants are seconds since 1970, UTC."""

    starts_on: date
    ends_on: date  # the first day that is not simulated
    seed: int

    @cached_property
    def epoch(self) -> int:
        """Midnight of day 0, UTC."""
        return int(datetime.combine(self.starts_on, datetime.min.time(), UTC).timestamp())

    @cached_property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days

    @property
    def weeks(self) -> int:
        return -(-self.days // 7)

    @cached_property
    def offsets_s(self) -> np.ndarray:
        """Seconds east of UTC at noon, (zones, days); a spring or autumn Sunday is cut at noon."""
        table = np.zeros((len(ZONES), self.weeks * 7 + 7), dtype=np.int64)
        for row, name in enumerate(ZONES):
            zone = ZoneInfo(name)
            noon = datetime.combine(self.starts_on, datetime.min.time(), zone).replace(hour=12)
            for day in range(table.shape[1]):
                offset = (noon + timedelta(days=day)).utcoffset()
                assert offset is not None
                table[row, day] = int(offset.total_seconds())
        return table

    @cached_property
    def day_weights(self) -> np.ndarray:
        """Cumulative share of a week's use by day of the simulation's week, (7,)."""
        weights = np.roll(WEEKDAYS, -self.starts_on.weekday())
        return np.cumsum(weights) / weights.sum()

    def week_starts_at(self, week: int) -> int:
        return self.epoch + week * WEEK_S

    def instant(self, day: np.ndarray, local_s: np.ndarray, zone: np.ndarray) -> np.ndarray:
        """Local days and seconds of the day as instants, (n,)."""
        return self.epoch + day * DAY_S + local_s - self.offsets_s[zone, day]

    def day_of(self, at: int) -> int:
        return (at - self.epoch) // DAY_S

    def date_of(self, at: int) -> date:
        return self.starts_on + timedelta(days=self.day_of(at))

    def month_no(self, week: int) -> int:
        """0 for January: the month that holds the middle of the week."""
        return (self.starts_on + timedelta(days=week * 7 + 3)).month - 1

    def season(self, week: int, industries: np.ndarray) -> np.ndarray:
        """Share of a usual week's use, for industries as indexes of `INDUSTRIES`, (n,)."""
        month = self.month_no(week)
        by_industry = np.array([BY_INDUSTRY.get(i, EVERYWHERE)[month] for i in INDUSTRIES])
        return by_industry[industries]

    @cached_property
    def incidents(self) -> list["Incident"]:
        """Outages of the whole simulation: about one every eleven weeks, a few of them bad."""
        rng = np.random.default_rng([self.seed, 0, 9])
        drawn = []
        day = 20
        while (day := day + int(rng.integers(30, 125))) < self.days:
            bad = bool(rng.random() < 0.3)
            hours = float(rng.uniform(6, 30) if bad else rng.uniform(0.4, 4))
            started_at = self.epoch + day * DAY_S + int(rng.integers(6 * 3600, 16 * 3600))
            feature = int(rng.integers(1, 12))
            drawn.append(Incident(started_at, started_at + int(hours * 3600), feature, bad))
        return drawn

    def service_quality(self, week: int) -> float:
        """How good support is in general, 0..1: short staffed for a season of the second year."""
        return 0.62 if 60 <= week < 74 else 0.92


@dataclass(frozen=True, slots=True)
class Incident:
    started_at: int
    ended_at: int
    feature: int
    is_bad: bool


def working_seconds(rng: np.random.Generator, count: int) -> np.ndarray:
    """Seconds of the local day at which people at work do things, (count,)."""
    hour = np.searchsorted(_HOURS_SO_FAR, rng.random(count), side="right")
    return np.minimum(hour, 23) * 3600 + rng.integers(0, 3600, count)


def iso(at: int) -> str:
    """An instant as `2025-03-01T09:30:00Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

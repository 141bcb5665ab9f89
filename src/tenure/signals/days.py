"""Days on which something happened, as bits: the last one, and those before it.

A set that only grows, so it does not matter in which order days are told, or how often.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()


class Days(msgspec.Struct, array_like=True, gc=False):
    """`last` is a day's ordinal (0: none yet); bit k of `bits` stands for the day `last - k`."""

    last: int = 0
    bits: bytes = b""

    def add(self, day: int, kept: int) -> bool:
        """Whether the day was new; days more than `kept` before the last one are let go."""
        if not self.last:
            self.last, self.bits = day, b"\x01"
            return True
        bits = int.from_bytes(self.bits, "little")
        if day > self.last:
            bits = ((bits << min(day - self.last, kept)) | 1) & ((1 << kept) - 1)
            self.last = day
        else:
            back = self.last - day
            if back >= kept or bits >> back & 1:
                return False
            bits |= 1 << back
        self.bits = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        return True

    def join(self, other: "Days", kept: int) -> None:
        """Take in the days of another set."""
        for day in other.between(other.last - kept + 1, other.last):
            self.add(day, kept)

    def between(self, first: int, last: int) -> list[int]:
        """The days from `first` to `last`, both included, in order."""
        bits = self._within(first, last)
        if not bits:
            return []
        top = min(last, self.last)
        return [top - place for place in reversed(list(_places(bits)))]

    def count(self, first: int, last: int) -> int:
        """How many days from `first` to `last`, both included."""
        return self._within(first, last).bit_count()

    def _within(self, first: int, last: int) -> int:
        """The bits of that span; bit 0 is its last day, or the set's own when that is earlier."""
        if not self.last or first > self.last or last < first:
            return 0
        bits = int.from_bytes(self.bits, "little")
        if last < self.last:
            bits >>= self.last - last
        top = min(last, self.last)
        return bits & ((1 << (top - first + 1)) - 1)


class Calendar:
    """Instants as microseconds since 1970, days as ordinals in the company's time zone."""

    def __init__(self, time_zone: str) -> None:
        zone = ZoneInfo(time_zone)

        @lru_cache(maxsize=4096)
        def starts_at(day: int) -> int:
            return micros(datetime.fromordinal(day).replace(tzinfo=zone))

        self.time_zone = time_zone
        self.starts_at = starts_at

    def day_of(self, at: int) -> int:
        """The day of an instant."""
        day = at // DAY_US + _EPOCH_DAY
        # Zones lie within a day of UTC.
        if at < self.starts_at(day):
            return day - 1
        return day + 1 if at >= self.starts_at(day + 1) else day

    def month_of(self, at: int) -> str:
        """`2026-11`."""
        return datetime.fromordinal(self.day_of(at)).strftime("%Y-%m")

    def next_month_at(self, month: str) -> int:
        """When the month after `2026-11` begins."""
        year, number = map(int, month.split("-"))
        first = date(year + number // 12, number % 12 + 1, 1)
        return self.starts_at(first.toordinal())


def micros(at: datetime) -> int:
    """An aware instant as microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instant(at: int) -> datetime:
    """Microseconds since 1970 as an aware instant."""
    return _EPOCH + timedelta(microseconds=at)


def _places(bits: int) -> Iterator[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low

"""Calendar months as first-of-month dates, and spans of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

# As far as imports take dates.
FIRST_YEAR, LAST_YEAR = 1900, 2199


def month_of(day: date) -> date:
    """First day of the month that holds `day`."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def previous_month(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def read_month(text: str) -> date:
    """The first day of a month written as `2025-03`. Raises ValueError for anything else."""
    if len(text) != 7:
        raise ValueError(f"{text!r} is not a month; write it as 2025-03")
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise ValueError(f"{text!r} is not a month; write it as 2025-03") from None
    if not FIRST_YEAR <= month.year <= LAST_YEAR:
        raise ValueError(f"{text!r} is out of reach; name a month of {FIRST_YEAR} to {LAST_YEAR}")
    return month


@dataclass(frozen=True, slots=True)
class Months:
    """A closed span of months: `Months(first, last)` holds both ends."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first.day != 1 or self.last.day != 1:
            raise ValueError(f"months start on day 1, got {self.first} and {self.last}")
        if self.first > self.last:
            raise ValueError(f"empty span: {self.first} is after {self.last}")

    @property
    def ends_on(self) -> date:
        """The first day after the span: spans are half-open when counted in days."""
        return next_month(self.last)

    def __iter__(self) -> Iterator[date]:
        month = self.first
        while month <= self.last:
            yield month
            month = next_month(month)

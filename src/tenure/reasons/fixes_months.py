"""Leavings for what a fix answers, month by month, and by when accounts began. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from tenure.reasons.fixes_at_risk import NEVER, RiskSpan, Tally


class _Window(Protocol):
    @property
    def first_on(self) -> date: ...
    @property
    def shipped_on(self) -> date: ...
    @property
    def before_on(self) -> date: ...


@dataclass(slots=True)
class Month:
    """One calendar month, cut where the fix shipped and where the time shown ends."""

    first_on: date
    before_on: date
    is_after: bool
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class Cohort:
    """Accounts that began to pay in one quarter: the same accounts before and after."""

    began_on: date  # first day of the quarter
    before: Tally = field(default_factory=Tally)
    after: Tally = field(default_factory=Tally)
    accounts: int = 0  # at risk after it shipped
    using: int = 0  # of these


def by_month(
    spans: Iterable[RiskSpan], first_on: date, shipped_on: date, before_on: date
) -> list[Month]:
    """Every month from the first day at risk on; the month of shipping in two pieces."""
    change: dict[date, int] = defaultdict(int)
    left: dict[date, list[RiskSpan]] = defaultdict(list)
    for span in spans:
        low, high = max(span.from_on, first_on), min(span.until_on, before_on)
        if low >= high:
            continue
        change[low] += 1
        change[high] -= 1
        if span.left_on is not None and low <= span.left_on < high:
            left[span.left_on].append(span)
    if not change:
        return []
    months: list[Month] = []
    at_risk, day = 0, min(change)
    while day < before_on:
        at_risk += change.get(day, 0)
        if not months or day.day == 1 or day == shipped_on:
            months.append(Month(day, day, day >= shipped_on))
        month = months[-1]
        month.before_on = day + timedelta(days=1)
        month.tally.days += at_risk
        month.tally.leavings += len(left.get(day, ()))
        month.tally.said += sum(each.how == "said" for each in left.get(day, ()))
        day += timedelta(days=1)
    return months


def by_cohort(spans: Iterable[RiskSpan], window: _Window, uses: Mapping[str, date]) -> list[Cohort]:
    """The quarters in which accounts began that were at risk in the window, the first first."""
    cohorts: dict[date, Cohort] = {}
    seen: set[str] = set()
    for span in spans:
        quarter = date(span.began_on.year, (span.began_on.month - 1) // 3 * 3 + 1, 1)
        for name, low, high in (
            ("before", window.first_on, window.shipped_on),
            ("after", window.shipped_on, window.before_on),
        ):
            first, last = max(span.from_on, low), min(span.until_on, high)
            if first >= last:
                continue
            cohort = cohorts.setdefault(quarter, Cohort(quarter))
            of_time: Tally = getattr(cohort, name)
            of_time.days += (last - first).days
            if span.left_on is not None and first <= span.left_on < last:
                of_time.leavings += 1
                of_time.said += span.how == "said"
            if name == "after" and span.account_id not in seen:
                seen.add(span.account_id)
                cohort.accounts += 1
                cohort.using += uses.get(span.account_id, NEVER) < window.before_on
    return [cohorts[quarter] for quarter in sorted(cohorts)]

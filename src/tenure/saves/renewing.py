"""When what was saved decides again: the first renewal after it, and after any rest."""

from calendar import monthrange
from datetime import date, timedelta

from tenure.saves.retained import Retained
from tenure.saves.shown import Period

MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAYS = {"day": 1, "week": 7}
CHANGES_MAX = 12


def renewal_of(retained: Retained) -> date | None:
    """The first day after opening on which it is billed anew, as far as billing shows its terms.

    Who changes to another interval before that decides again when the new term is over: a month
    that becomes a year is not renewed by beginning. A rest moves it to the day of the first bill
    after. None where nothing tells how often it is billed.
    """
    opened_on = retained.asked.opened_on
    period = _held(retained, opened_on)
    due_on = _next(period, opened_on) if period else None
    for _ in range(CHANGES_MAX):
        if period is None or due_on is None:
            break
        changed = _changed(retained, period, due_on)
        if changed is None:
            break
        period = changed
        due_on = _next(changed, changed.billed_since_on or changed.starts_on)
    until = retained.asked.rests_until
    if until is not None and until > opened_on and (due_on is None or due_on < until):
        due_on = until
    return due_on


def _held(retained: Retained, day: date) -> Period | None:
    """The dearest that is paid for on a day, else the first that comes to be."""
    paying = [each for each in retained.periods if each.is_paying]
    held = [each for each in paying if each.holds_on(day)]
    if held:
        return max(held, key=lambda each: (each.mrr_minor, each.fact_id))
    later = [each for each in paying if each.starts_on > day]
    return min(later, key=lambda each: (each.starts_on, each.fact_id), default=None)


def _changed(retained: Retained, period: Period, due_on: date) -> Period | None:
    """What took its place with another interval, by the day on which it was due."""
    found = [
        each
        for each in retained.periods
        if each.is_paying
        and each.starts_on > period.starts_on
        and retained.asked.opened_on < each.starts_on <= due_on
        and _step(each) != _step(period)
    ]
    return min(found, key=lambda each: (each.starts_on, each.fact_id), default=None)


def _next(period: Period, after: date) -> date | None:
    """The first bill of a period's terms after a day."""
    if period.basis == "invoice_line":
        return period.ends_on
    since = period.billed_since_on or period.starts_on
    months, days = _step(period)
    if days:
        return since + timedelta(days=days * max((after - since).days // days + 1, 1))
    if not months:
        return None
    turns = max(((after.year - since.year) * 12 + after.month - since.month) // months, 1)
    while (due_on := _months_later(since, turns * months)) <= after:
        turns += 1
    return due_on


def _step(period: Period) -> tuple[int, int]:
    """How long one term is, as months or as days; (0, 0) where nothing tells."""
    count = period.billing_interval_count or 1
    interval = period.billing_interval or ""
    return MONTHS.get(interval, 0) * count, DAYS.get(interval, 0) * count


def _months_later(day: date, months: int) -> date:
    month = day.year * 12 + day.month - 1 + months
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))

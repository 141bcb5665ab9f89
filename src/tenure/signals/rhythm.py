"""When is a silence longer than an account's own rhythm explains?

A silence is measured in *missed days*: each silent day counts as much as the share of its weekdays
on which something used to happen, so a weekend is no silence for an office, and a month is none for
who comes once a month. The gaps of the last half year, measured the same way, say what is usual:

    n gaps, the share s that may be exceeded (1 %)
    k = floor(s (n + 1)) >= 1     the limit is the k-th longest gap: of n + 1 silences that come in
                                  any order, the newest exceeds it with a chance of k / (n + 1)
    k = 0 (fewer than 99 gaps)    the longest gap, and beyond it the tail of an exponential through
                                  the gaps above the median: + excess * ln(1 / (s (n + 1)))

One holiday does not stretch the limit as a mean would, and no distribution is assumed where there
are gaps enough. A silence that fell into the same days of last year is that account's season: it is
looked at again a week later.
"""

from math import floor, log
from statistics import median

from tenure.signals.days import Days

RHYTHM_DAYS = 182  # whole weeks, so that each weekday counts as often
YEAR_DAYS = 364
HORIZON_DAYS = 200
LEAST_EXCESS_DAYS = 1.0


def quiet_after(
    days: Days,
    *,
    likely_share: float,
    least_days: int,
    least_span_days: int,
    least_silence_days: int,
) -> int | None:
    """The last day of the silence that tells: over it, the silence is longer than is usual.

    None where the history is too short to know, or no silence within 200 days would tell.
    """
    first = days.last - RHYTHM_DAYS + 1
    active = days.between(first, days.last)
    if len(active) < least_days or active[-1] - active[0] < least_span_days:
        return None
    weights = _weights(active)
    gaps = [_missed(a, b, weights) for a, b in zip(active, active[1:], strict=False)]
    limit = _limit(gaps, likely_share)
    missed = 0.0
    for day in range(days.last + 1, days.last + HORIZON_DAYS):
        missed += weights[day % 7]
        if missed > limit and day - days.last >= least_silence_days:
            return day
    return None


def was_silent_last_year(days: Days, silent_from: int, silent_to: int) -> bool:
    """Whether the same days of last year were silent too, give or take three days."""
    first, last = silent_from - YEAR_DAYS, silent_to - YEAR_DAYS
    before = days.count(first - 60, first - 1)
    if not before:
        return False
    return any(not days.count(first + shift, last + shift) for shift in range(-3, 4))


def _weights(active: list[int]) -> list[float]:
    """For each weekday, the share of its days on which something happened."""
    first, last = active[0], active[-1]
    weights = []
    for weekday in range(7):
        there = sum(1 for day in active if day % 7 == weekday)
        offset = (weekday - first) % 7
        all_days = (last - first - offset) // 7 + 1 if last - first >= offset else 0
        weights.append(there / all_days if all_days else 0.0)
    return weights


def _missed(last: int, following: int, weights: list[float]) -> float:
    weeks, rest = divmod(following - last - 1, 7)
    missed = weeks * sum(weights) + sum(weights[(last + 1 + k) % 7] for k in range(rest))
    return round(missed, 9)  # so that equal gaps are equal


def _limit(gaps: list[float], likely_share: float) -> float:
    ranked = sorted(gaps, reverse=True)
    expected = likely_share * (len(gaps) + 1)
    place = floor(expected)
    if place >= 1:
        return ranked[place - 1]
    middle = median(ranked)
    above = [gap - middle for gap in ranked if gap > middle]
    excess = max(sum(above) / len(above) if above else 0.0, LEAST_EXCESS_DAYS)
    return ranked[0] + excess * log(1 / expected)

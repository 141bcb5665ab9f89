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
looked at again a week later. Days on which nobody in the whole company was heard count nowhere.
"""

from collections.abc import Collection
from math import floor, log
from statistics import median

from tenure.signals.days import Days
from tenure.signals.rules import Rhythm

RHYTHM_DAYS = 182  # whole weeks, so that each weekday counts as often
YEAR_DAYS = 364
HORIZON_DAYS = 199
LEAST_EXCESS_DAYS = 1.0


def quiet_after(days: Days, rule: Rhythm, unmeasured: Collection[int] = ()) -> int | None:
    """The last day of the silence that tells: over it, the silence is longer than is usual.

    Days that were not measured count neither in a silence nor in the gaps. None where the history
    is too short to know, or no silence of up to 199 days tells.
    """
    first = days.last - RHYTHM_DAYS + 1
    active = days.between(first, days.last)
    if len(active) < rule.least_days or active[-1] - active[0] < rule.least_span_days:
        return None
    skipped = {each for each in unmeasured if active[0] < each < days.last}.difference(active)
    weights = _weights(active, skipped)
    gaps = [_missed(a, b, weights, skipped) for a, b in zip(active, active[1:], strict=False)]
    limit = _limit(gaps, rule.likely_percent / 100)
    missed, silent, day = 0.0, 0, days.last
    while silent < HORIZON_DAYS:
        day += 1
        if day in unmeasured:
            continue
        silent += 1
        missed += weights[day % 7]
        if missed > limit and silent >= rule.least_silence_days:
            return day
    return None


def silent_days(last: int, today: int, unmeasured: Collection[int]) -> int:
    """How many whole measured days have passed since the last one."""
    return today - 1 - last - sum(last < each < today for each in unmeasured)


def was_silent_last_year(
    days: Days, silent_from: int, silent_to: int, unmeasured: Collection[int] = ()
) -> bool:
    """Whether the same days of last year were silent too, give or take three days.

    Nobody knows of days of which less than half was measured.
    """
    first, last = silent_from - YEAR_DAYS, silent_to - YEAR_DAYS
    before = days.count(first - 60, first - 1)
    if not before:
        return False
    return any(
        not days.count(first + shift, last + shift)
        and 2 * sum(first + shift <= each <= last + shift for each in unmeasured)
        <= last - first + 1
        for shift in range(-3, 4)
    )


def _weights(active: list[int], skipped: Collection[int]) -> list[float]:
    """For each weekday, the share of its measured days on which something happened."""
    first, last = active[0], active[-1]
    weights = []
    for weekday in range(7):
        there = sum(1 for day in active if day % 7 == weekday)
        offset = (weekday - first) % 7
        all_days = (last - first - offset) // 7 + 1 if last - first >= offset else 0
        all_days -= sum(1 for day in skipped if day % 7 == weekday)
        weights.append(there / all_days if all_days else 0.0)
    return weights


def _missed(last: int, following: int, weights: list[float], skipped: Collection[int]) -> float:
    if following == last + 1:
        return 0.0
    weeks, rest = divmod(following - last - 1, 7)
    missed = weeks * sum(weights) + sum(weights[(last + 1 + k) % 7] for k in range(rest))
    missed -= sum(weights[each % 7] for each in skipped if last < each < following)
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

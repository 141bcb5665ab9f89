"""How many times as often something follows, how sure that is, and how much of it is chance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Counts:
    """One stratum: how many with and without, and how many of each it followed for."""

    with_it: int
    followed: int
    without_it: int
    followed_without: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """The risk ratio with its 95 % interval, and the two-sided p-value of it being 1."""

    value: float
    low: float
    high: float
    p: float


def risk_ratio(strata: Sequence[Counts]) -> Ratio | None:
    """The common risk ratio over strata, None where it cannot be told.

    Mantel and Haenszel's estimate with the variance of Greenland and Robins (Biometrics 41, 1985);
    of a single stratum this is the plain ratio with Katz's log interval (Biometrics 34, 1978).
    Where nobody in one arm had the outcome, half a one is added to each cell of all strata taken
    together. A stratum with one arm only tells nothing.
    """
    told = [each for each in strata if each.with_it and each.without_it]
    if not told:
        return None
    if not sum(s.followed for s in told) or not sum(s.followed_without for s in told):
        return _with_halves(told)
    up = sum(s.followed * s.without_it / (s.with_it + s.without_it) for s in told)
    down = sum(s.followed_without * s.with_it / (s.with_it + s.without_it) for s in told)
    if not up or not down:
        return _with_halves(told)
    spread = 0.0
    for s in told:
        total = s.with_it + s.without_it
        both = s.followed + s.followed_without
        spread += (
            s.with_it * s.without_it * both - s.followed * s.followed_without * total
        ) / total**2
    return _ratio(up / down, spread / (up * down))


def _with_halves(told: Sequence[Counts]) -> Ratio | None:
    followed = sum(s.followed for s in told) + 0.5
    without = sum(s.followed_without for s in told) + 0.5
    all_with = sum(s.with_it for s in told) + 1
    all_without = sum(s.without_it for s in told) + 1
    variance = 1 / followed - 1 / all_with + 1 / without - 1 / all_without
    return _ratio((followed / all_with) / (without / all_without), variance)


def _ratio(value: float, variance: float) -> Ratio:
    error = math.sqrt(max(variance, 0.0))
    log = math.log(value)
    if not error:
        return Ratio(value, value, value, 1.0 if not log else 0.0)
    p = math.erfc(abs(log) / error / math.sqrt(2))
    return Ratio(value, math.exp(log - Z_95 * error), math.exp(log + Z_95 * error), p)


def false_discovery_rates(p_values: Sequence[float]) -> list[float]:
    """For each p-value the least false discovery rate at which it would be a discovery.

    Benjamini and Hochberg (J. R. Stat. Soc. B 57, 1995): the i-th smallest of m p-values is
    p * m / i, and no larger than that of any larger p-value.
    """
    count = len(p_values)
    order = sorted(range(count), key=lambda place: p_values[place], reverse=True)
    rates = [1.0] * count
    least = 1.0
    for step, place in enumerate(order):
        least = min(least, p_values[place] * count / (count - step))
        rates[place] = least
    return rates


def share_interval(hits: float, of: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, (0, 1) where there is nothing to tell it from.

    Wilson (J. Am. Stat. Assoc. 22, 1927); Newcombe (Stat. Med. 17, 1998) gives the examples.
    """
    if of <= 0:
        return 0.0, 1.0
    share, z2 = hits / of, Z_95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z_95 * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)

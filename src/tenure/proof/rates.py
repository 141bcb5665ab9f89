"""A rate of few events in a time at risk, with its interval; and the ratio of two, over strata.

Exact, of one look at a fixed time: a rate by Garwood's interval; a ratio by the chance of so many
of all events falling into the second time, given how many there are in each stratum, and the times
at risk. Strata keep like with like: accounts of one age with accounts of that age. For what is
looked at again and again: a level for each look (`level`), or `lift.py`.

Source  Garwood 1936, Biometrika 28, 437–442; Martin & Austin 1996, Exact estimates for a rate
        ratio, Epidemiology 7, 29–33 (one stratum: Clopper & Pearson 1934)
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from tenure.base.errors import InvalidInput

LEVEL = 0.95
_STEPS = 80  # halvings of an interval: more than a float can tell apart
_FAR = 60.0  # of a logarithm of a ratio: e^60 is no ratio of this world


@dataclass(frozen=True, slots=True)
class Rate:
    """`events` in `time` (in whatever unit); rate and interval in that unit, None without time."""

    events: int
    time: float
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Stratum:
    """Events and time at risk of one kind of account, before and after."""

    before: int
    before_time: float
    after: int
    after_time: float


@dataclass(frozen=True, slots=True)
class RateRatio:
    """After as a multiple of before, alike for every stratum.

    `expected` is how many there would have been after, had each stratum gone on as before. `value`
    and `high` are None where no number is high enough (nothing before), `value` also of no event.
    """

    before: int
    after: int
    expected: float | None
    value: float | None
    low: float | None
    high: float | None

    @property
    def is_known(self) -> bool:
        """The interval leaves out 1: there is a difference, in whatever direction."""
        return (self.high is not None and self.high < 1) or (self.low or 0.0) > 1


def rate_of(events: int, time: float, level: float = LEVEL) -> Rate:
    """So many events in so much time, with the exact interval. Raises InvalidInput below 0."""
    if events < 0 or time < 0:
        raise InvalidInput(f"{events} events in {time}: give 0 or more of both", field="events")
    if time == 0:
        return Rate(events, 0.0, None, None, None)
    tail = (1 - level) / 2
    top = events + 10 * math.sqrt(events + 10) + 10
    low = 0.0
    if events:
        low = _root(lambda mean: _at_most(events - 1, mean) - (1 - tail), 0.0, float(events))
    high = _root(lambda mean: _at_most(events, mean) - tail, float(events), top)
    return Rate(events, time, events / time, low / time, high / time)


def ratio_of(strata: Sequence[Stratum], level: float = LEVEL) -> RateRatio:
    """The rate after by the rate before, with the exact interval.

    A stratum without time on one side tells nothing and is left out.
    """
    told = [each for each in strata if each.before_time > 0 and each.after_time > 0]
    before, after = sum(each.before for each in told), sum(each.after for each in told)
    expected = (
        math.fsum(each.before * each.after_time / each.before_time for each in told)
        if told else None
    )  # fmt: skip
    if before + after == 0:
        return RateRatio(before, after, expected, None, None, None)
    chances = _Chances.of(told)
    tail = (1 - level) / 2
    value = low = high = None
    if before:
        value = 0.0
        high = math.exp(_root(lambda r: chances.at_most(after, r) - tail, -_FAR, _FAR))
    if after:
        low = math.exp(_root(lambda r: tail - chances.at_least(after, r), -_FAR, _FAR))
    if before and after:
        value = math.exp(_root(lambda r: after - chances.mean(r), -_FAR, _FAR))
    return RateRatio(before, after, expected, value, low or 0.0, high)


def time_needed(rate_before: float, ratio: float, level: float = LEVEL) -> float | None:
    """How much time at risk, on each side, until such a ratio would be known; None: never.

    By the usual variance of a logarithm of a ratio, 1 ÷ events + 1 ÷ events.
    """
    if rate_before <= 0 or ratio == 1:
        return None
    floor = max(ratio, 0.1)  # of none at all after, a tenth is what is looked for
    width = _normal(level) / math.log(floor)
    return width * width * (1 + 1 / floor) / rate_before


@dataclass(frozen=True)
class _Chances:
    """The chance of each number of events after, given all events of each stratum.

    Under a ratio r it is weight[x] · r^x, normalised. Weights are worked out at the ratio that was
    seen, `centre`, so that no number falls below what a float can hold where it matters.
    """

    weights: np.ndarray
    centre: float  # logarithm of the ratio at which the weights are the chances

    @classmethod
    def of(cls, strata: Sequence[Stratum]) -> "_Chances":
        before, after = sum(s.before for s in strata), sum(s.after for s in strata)
        times = sum(s.before_time for s in strata), sum(s.after_time for s in strata)
        centre = math.log((after + 0.5) / times[1]) - math.log((before + 0.5) / times[0])
        weights = np.ones(1)
        for each in strata:
            odds = each.after_time / each.before_time * math.exp(centre)
            weights = np.convolve(weights, _binomial(each.before + each.after, odds / (1 + odds)))
        return cls(weights, centre)

    def at_most(self, x: int, log_ratio: float) -> float:
        chances = self._under(log_ratio)
        return float(chances[: x + 1].sum())

    def at_least(self, x: int, log_ratio: float) -> float:
        chances = self._under(log_ratio)
        return float(chances[x:].sum())

    def mean(self, log_ratio: float) -> float:
        chances = self._under(log_ratio)
        return float((chances * np.arange(len(chances))).sum())

    def _under(self, log_ratio: float) -> np.ndarray:
        with np.errstate(divide="ignore"):
            tilted = np.log(self.weights) + np.arange(len(self.weights)) * (log_ratio - self.centre)
        chances = np.exp(tilted - tilted.max())
        return chances / chances.sum()


def _binomial(of: int, share: float) -> np.ndarray:
    """The chance of 0, 1, ... of so many."""
    return np.array(
        [
            math.exp(
                math.lgamma(of + 1) - math.lgamma(x + 1) - math.lgamma(of - x + 1)
                + x * math.log(share) + (of - x) * math.log1p(-share)
            )
            for x in range(of + 1)
        ]
    )  # fmt: skip


def _at_most(events: int, mean: float) -> float:
    """Poisson: the chance of at most so many."""
    if mean <= 0:
        return 1.0
    numbers = np.arange(events + 1)
    below = np.concatenate([[0.0], np.cumsum(np.log(numbers[1:]))])  # log of each factorial
    return min(1.0, float(np.exp(numbers * math.log(mean) - mean - below).sum()))


def _root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that falls comes through 0."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _normal(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)

"""What difference the rest made: treated less hold-out, with an interval to look at every day.

The interval is an asymptotic confidence sequence: it holds the true difference at all looks
together with the chance of `level`, so that nobody is misled by stopping at a good moment. It is
about half as wide again as an interval for one look (docs/decisions/0013).

Accounts that were assigned under different shares are weighed by 1 ÷ their chance, normalised in
each arm. What an account was worth before may be taken out of it (CUPED), which narrows it.

Source  Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024, Annals of Statistics 52, 2613–2640;
        Deng, Xu, Kohavi & Walker 2013 (CUPED), WSDM
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tenure.base.errors import InvalidInput

LEVEL = 0.95
TUNED_FOR = 500  # accounts: the sequence is narrowest there, and nearly so from 150 to 2,000
LEAST_IN_ARM = 10  # of fewer nothing is said
MOST_NEEDED = 1_000_000


@dataclass(frozen=True, slots=True)
class Tally:
    """Accounts of one arm that came into it with the same chance, `share`; sums of their outcome
    and of what was known of each before the visit.
    """

    share: float
    count: int
    total: float
    squares: float
    before: float = 0.0
    before_squares: float = 0.0
    products: float = 0.0


@dataclass(frozen=True, slots=True)
class Lift:
    """`value` is treated less hold-out. It `is_known` when the interval leaves out 0, and no claim
    is made otherwise: `more_needed` accounts, about, are missing then to see a difference of
    `worth`, or one as big as it looks now. None: so few that nothing can be said, or more than a
    million.
    """

    value: float | None
    low: float | None
    high: float | None
    is_known: bool
    more_needed: int | None
    treated: int = 0
    control: int = 0
    treated_mean: float | None = None
    control_mean: float | None = None
    removed_share: float = 0.0  # of the variance, by what was known before
    is_small: bool = False  # whatever it is, it is less than `worth` either way


def tally(values: Iterable[float], share: float, before: Iterable[float] | None = None) -> Tally:
    """The sums of these outcomes. `share` is the chance of the arm; `before` in the same order."""
    outcomes = [float(value) for value in values]
    known = [0.0] * len(outcomes) if before is None else [float(value) for value in before]
    if len(known) != len(outcomes):
        raise InvalidInput(
            f"before has {len(known)} values, and there are {len(outcomes)} outcomes",
            field="before",
        )
    return Tally(
        share,
        len(outcomes),
        math.fsum(outcomes),
        math.fsum(value * value for value in outcomes),
        math.fsum(known),
        math.fsum(value * value for value in known),
        math.fsum(x * y for x, y in zip(known, outcomes, strict=True)),
    )


def tally_of_share(part: int, of: int, share: float) -> Tally:
    """`part` of `of` accounts did; `share` is the chance of the arm."""
    return Tally(share, of, float(part), float(part))


def lift_of_shares(
    treated: Sequence[Tally], control: Sequence[Tally], *, worth: float = 0.05, level: float = LEVEL
) -> Lift:
    """The difference of two shares. One success and one failure are added to each arm where its
    variance is worked out, so that nothing is certain of few (Agresti & Caffo 2000).
    """
    return _lift(_Arm.of(treated, is_share=True), _Arm.of(control, is_share=True), worth, level)


def lift_of_means(
    treated: Sequence[Tally], control: Sequence[Tally], *, worth: float, level: float = LEVEL
) -> Lift:
    """The difference of two means, in their unit; `worth` is the least that would matter."""
    return _lift(_Arm.of(treated), _Arm.of(control), worth, level)


def half_width(accounts: float, deviation: float, level: float = LEVEL) -> float:
    """Half of the interval after so many accounts, where one account deviates by `deviation`."""
    alpha = 1 - level
    tuning = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha)) + 1) / TUNED_FOR
    grown = accounts * tuning + 1
    return deviation * math.sqrt(
        grown / (accounts * accounts * tuning) * math.log(grown / alpha**2)
    )


def in_all(lift: Lift, accounts: int) -> tuple[float, float, float] | None:
    """The lift of one account times so many: what the treated ones owe to it. None: not known."""
    if lift.value is None or lift.low is None or lift.high is None:
        return None
    return lift.value * accounts, lift.low * accounts, lift.high * accounts


@dataclass(frozen=True, slots=True)
class _Arm:
    """Sums over the tallies of one arm. Weights are 1 ÷ share."""

    tallies: tuple[Tally, ...]
    is_share: bool

    @classmethod
    def of(cls, tallies: Sequence[Tally], *, is_share: bool = False) -> "_Arm":
        for each in tallies:
            if not 0 < each.share < 1:
                raise InvalidInput(
                    f"share: {each.share} leaves nobody to compare with; leave these accounts out",
                    field="share",
                )
        return cls(tuple(each for each in tallies if each.count), is_share)

    @property
    def count(self) -> int:
        return sum(each.count for each in self.tallies)

    @property
    def weight(self) -> float:
        return math.fsum(each.count / each.share for each in self.tallies)

    def mean(self, slope: float = 0.0) -> float:
        """Of the outcome less `slope` times what was known before."""
        total = (each.total - slope * each.before for each in self.tallies)
        return math.fsum(t / each.share for t, each in zip(total, self.tallies, strict=True)) / (
            self.weight
        )

    def variance_of_mean(self, slope: float) -> float:
        mean = self.mean(slope)
        if self.is_share:
            # With the one success and the one failure, about their own mean.
            mean = (mean * self.count + 1) / (self.count + 2)
        squares = math.fsum(_squares(each, slope, mean) / each.share**2 for each in self.tallies)
        if self.is_share:
            weight = math.fsum(each.count / each.share**2 for each in self.tallies) / self.count
            squares = (squares + weight * (mean**2 + (1 - mean) ** 2)) * (
                self.count / (self.count + 2)
            )
        else:
            squares *= self.count / (self.count - 1)
        return squares / self.weight**2

    def squares(self, slope: float) -> float:
        """Σ (y − slope·x − mean)², each account once."""
        mean = self.mean(slope)
        return math.fsum(_squares(each, slope, mean) for each in self.tallies)

    def mean_variance_share(self) -> float:
        """Which part of the variance of one account the mean has: 1 ÷ count, if all weigh alike."""
        return math.fsum(each.count / each.share**2 for each in self.tallies) / self.weight**2

    def slope_parts(self) -> tuple[float, float]:
        """Σ w (x − x̄)(y − ȳ) and Σ w (x − x̄)²."""
        weight = self.weight
        sums = [
            math.fsum(getattr(each, name) / each.share for each in self.tallies)
            for name in ("before", "total", "products", "before_squares")
        ]
        before, total, products, squares = sums
        return products - before * total / weight, squares - before * before / weight


def _squares(each: Tally, slope: float, mean: float) -> float:
    """Σ (y − slope·x − mean)²."""
    total = each.total - slope * each.before
    squares = each.squares - 2 * slope * each.products + slope**2 * each.before_squares
    return max(0.0, squares - 2 * mean * total + each.count * mean * mean)


def _lift(treated: _Arm, control: _Arm, worth: float, level: float) -> Lift:
    counts = {"treated": treated.count, "control": control.count}
    if min(counts.values()) < LEAST_IN_ARM:
        means = [arm.mean() if arm.count else None for arm in (treated, control)]
        return Lift(None, None, None, False, None, **counts, treated_mean=means[0],
                    control_mean=means[1])  # fmt: skip
    slope = _slope(treated, control)
    value = treated.mean(slope) - control.mean(slope)
    variance = _variance(treated, control, slope)
    plain = _variance(treated, control, 0.0) if slope else variance
    accounts = treated.count + control.count
    deviation = math.sqrt(variance * accounts)
    half = half_width(accounts, deviation, level)
    is_known = abs(value) > half
    is_small = not is_known and abs(value) + half < worth
    needed = None
    if not is_known and not is_small:
        needed = _needed(max(abs(value), worth), deviation, accounts, level)
    return Lift(
        value,
        value - half,
        value + half,
        is_known,
        needed,
        **counts,
        treated_mean=treated.mean(),
        control_mean=control.mean(),
        removed_share=max(0.0, 1 - variance / plain) if plain > 0 else 0.0,
        is_small=is_small,
    )


def _variance(treated: _Arm, control: _Arm, slope: float) -> float:
    """Of the difference. Of means no arm is taken to vary less than both do together: of few
    accounts, most of which pay nothing, those who pay are often all in the larger arm, and the
    smaller one would seem to be known for certain.
    """
    if treated.is_share:
        return treated.variance_of_mean(slope) + control.variance_of_mean(slope)
    arms = (treated, control)
    freedom = sum(arm.count - 1 for arm in arms)
    together = math.fsum(arm.squares(slope) for arm in arms) / freedom
    return math.fsum(
        max(arm.variance_of_mean(slope), together * arm.mean_variance_share()) for arm in arms
    )


def _slope(treated: _Arm, control: _Arm) -> float:
    """How much of what was known before is in the outcome, within the arms."""
    (one, one_squares), (other, other_squares) = treated.slope_parts(), control.slope_parts()
    squares = one_squares + other_squares
    scale = max(
        (each.before_squares for arm in (treated, control) for each in arm.tallies), default=0.0
    )
    return (one + other) / squares if squares > 1e-9 * scale else 0.0


def _needed(difference: float, deviation: float, accounts: int, level: float) -> int | None:
    """How many more accounts, about, until a difference of that size would be known."""
    if deviation <= 0 or difference <= 0:
        return None
    if half_width(MOST_NEEDED, deviation, level) >= difference:
        return None
    low, high = accounts, MOST_NEEDED
    while low < high:
        middle = (low + high) // 2
        if half_width(middle, deviation, level) < difference:
            high = middle
        else:
            low = middle + 1
    return max(1, low - accounts)

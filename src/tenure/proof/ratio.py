"""Whether as many were left alone as chance should have left alone. If not, nothing else counts.

Two answers: the chi-square test, for one look; and one that stays right however often one looks,
because it weighs the counts against all the other ratios at once (a Bayes factor, which is a test
martingale: it passes 1 ÷ α with a chance of α at most, ever). The alarm rings by the second.

Sources: Fabijan et al. 2019, Diagnosing sample ratio mismatch, KDD; Lindon & Malek 2022,
Anytime-valid inference for multinomial count data, NeurIPS.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tenure.base.errors import InvalidInput

ALARM_BELOW = 0.01  # less often than that it rings without a cause, over a whole experiment
CONCENTRATION = 100.0  # how near to the planned ratio a wrong one is expected, in accounts


@dataclass(frozen=True, slots=True)
class Ratio:
    """`p_value` holds at every look; `p_at_one_look` is that of the chi-square test."""

    p_value: float
    is_alarm: bool
    p_at_one_look: float
    counts: Mapping[str, int]
    expected: Mapping[str, float]


def sample_ratio(counts: Mapping[str, int], shares: Mapping[str, float]) -> Ratio:
    """The ratio of counts, by arm, held against the shares with which they were assigned."""
    return sample_ratio_of([(counts, shares)])


def sample_ratio_of(
    groups: Sequence[tuple[Mapping[str, int], Mapping[str, float]]],
) -> Ratio:
    """The same of several groups, each with shares of its own: those before and after a change.

    Raises InvalidInput when arms and shares differ, or the shares of a group do not sum to 1.
    """
    arms = sorted({arm for counts, _ in groups for arm in counts})
    counts = {arm: sum(each.get(arm, 0) for each, _ in groups) for arm in arms}
    expected = dict.fromkeys(arms, 0.0)
    log_factor, squares, freedom = 0.0, 0.0, 0
    for group, shares in groups:
        _check(group, shares)
        total = sum(group.values())
        log_factor += _log_factor(group, shares)
        for arm, count in group.items():
            expected[arm] += total * shares[arm]
            if shares[arm] > 0:
                squares += (count - total * shares[arm]) ** 2 / max(total * shares[arm], 1e-12)
        freedom += sum(share > 0 for share in shares.values()) - 1 if total else 0
    p_value = min(1.0, math.exp(-max(log_factor, 0.0)))
    at_one_look = _chi_square_above(squares, freedom) if p_value > 0 else 0.0
    return Ratio(p_value, p_value < ALARM_BELOW, at_one_look, counts, expected)


def _check(counts: Mapping[str, int], shares: Mapping[str, float]) -> None:
    if set(counts) != set(shares):
        raise InvalidInput(
            f"shares: they are of {sorted(shares)}, and the counts of {sorted(counts)}; "
            "name the same arms",
            field="shares",
        )
    if abs(math.fsum(shares.values()) - 1) > 1e-9:
        raise InvalidInput(f"shares: {dict(shares)} do not sum to 1", field="shares")


def _log_factor(counts: Mapping[str, int], shares: Mapping[str, float]) -> float:
    """Log of the Bayes factor of "some other ratio, near this one" against the planned ratio."""
    possible = {arm: share for arm, share in shares.items() if share > 0}
    if any(count for arm, count in counts.items() if arm not in possible):
        return math.inf  # an arm that nobody can be in
    total = sum(counts.values())
    log_factor = math.lgamma(CONCENTRATION) - math.lgamma(CONCENTRATION + total)
    for arm, share in possible.items():
        prior = CONCENTRATION * share
        log_factor += math.lgamma(prior + counts[arm]) - math.lgamma(prior)
        log_factor -= counts[arm] * math.log(share)
    return log_factor


def _chi_square_above(value: float, freedom: int) -> float:
    """The chance that a chi-square with so many degrees of freedom is above this value."""
    if freedom <= 0:
        return 1.0
    half = value / 2
    # Q(k/2, x/2) by its recurrence, from erfc or exp upwards.
    if freedom % 2:
        term, above, at = math.sqrt(half / math.pi) * 2 * math.exp(-half), 1.0, 1
        above = math.erfc(math.sqrt(half))
    else:
        above, at = math.exp(-half), 2
        term = half * math.exp(-half)
    while at < freedom:
        above += term
        at += 2
        term *= half / (at / 2)
    return min(1.0, above)

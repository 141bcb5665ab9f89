"""What is known of how well each offer works, and the chance that each is the best of some.

Thompson's rule: an offer is tried as often as it is believed to be the best. What is believed is a
normal posterior of the retained margin, net of cost (`learning.py`); the chance is worked out by
Gauss-Hermite quadrature, and not drawn, so that it can be logged as it is.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tenure.offers.models import LearnedOffer

# So many results weigh as much as the rules' word: before there are any, the rules decide.
RULES_WEIGHT = 30.0
# Gauss-Hermite nodes and weights of the standard normal distribution, twelve of them. Written out,
# so that nobody waits until numpy is loaded; a test has them from there.
_HALF = (
    (0.44440300194413895, 0.32166436151282995),
    (1.3403751971516167, 0.14696704804532995),
    (2.259464451000799, 0.029116687912364173),
    (3.2237098287700974, 0.0022033806875332),
    (4.2718258479322815, 4.837184922590644e-05),
    (5.500901704467748, 1.4999271676371623e-07),
)
NODES = tuple((sign * node, weight) for node, weight in _HALF for sign in (-1, 1))


@dataclass(frozen=True, slots=True)
class Belief:
    """Mean and deviation of a share of the margin at stake; `weight` are whole results."""

    mean_share: float
    sd_share: float
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Learned:
    """Beliefs by (version of the offer, reason, follow-up); `unknown` of what was never shown."""

    beliefs: Mapping[tuple[str, str, str], Belief] = field(default_factory=dict)
    unknown: Belief = Belief(0.0, 0.2)

    def of(self, version: str, reason: str = "", follow_up: str = "") -> Belief:
        """What is believed of an offer for what they said; the nearest that is known of it."""
        for key in ((version, reason, follow_up), (version, reason, ""), (version, "", "")):
            if key in self.beliefs:
                return self.beliefs[key]
        return self.unknown


NOTHING = Learned()


def learned_now() -> Learned:
    """The beliefs as `learning.learn` last worked them out: what `choose` takes. One query."""
    beliefs, unknown = {}, NOTHING.unknown
    for row in LearnedOffer.objects.all():
        belief = Belief(row.mean_share, row.sd_share, row.weight)
        if row.version:
            beliefs[row.version, row.reason, row.follow_up] = belief
        else:
            unknown = Belief(row.mean_share, row.sd_share)
    return Learned(beliefs, unknown)


def chances_of_best(beliefs: Sequence[Belief]) -> list[float]:
    """How likely each is the best; they sum to 1. Deviations are above 0."""
    found = [_chance(number, beliefs) for number in range(len(beliefs))]
    total = math.fsum(found)
    if total <= 0.0:  # all so narrow that no node lies where they meet
        best = max(range(len(beliefs)), key=lambda number: beliefs[number].mean_share)
        return [float(number == best) for number in range(len(beliefs))]
    return [each / total for each in found]


def learned_share(beliefs: Sequence[Belief]) -> float:
    """How much of the decision is left to what was learned, from 0 to nearly 1."""
    if not beliefs:
        return 0.0
    mean = math.fsum(belief.weight for belief in beliefs) / len(beliefs)
    return mean / (mean + RULES_WEIGHT)


def _chance(number: int, beliefs: Sequence[Belief]) -> float:
    own = beliefs[number]
    others = [
        (each.mean_share, each.sd_share * math.sqrt(2))
        for at, each in enumerate(beliefs)
        if at != number
    ]
    chance = 0.0
    for node, weight in NODES:
        value = own.mean_share + own.sd_share * node
        product = weight
        for mean, scale in others:
            product *= 0.5 * (1.0 + math.erf((value - mean) / scale))
        chance += product
    return chance

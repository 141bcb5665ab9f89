"""What is known of how well each offer works, and when that takes the place of the rules.

The rules' own offer stays first until another is likely better, by the posterior of the retained
margin, net of cost (`learning.py`). Trying each as often as it may be the best (Thompson's rule)
costs more here than it finds: a company has hundreds of visits, not millions, and while nothing is
known everything may be the best. What is left to chance is `explore_share`, and no more.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tenure.offers.models import LearnedOffer

# So likely has an offer to be better than the rules' own before it takes any of its place.
SURE = 0.8


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


def taking_over(beliefs: Sequence[Belief]) -> list[float]:
    """How much of the first one's place each of the others takes, the first being the rules' own.

    Nothing until it is likelier than SURE that it is better; all of it when that is certain. What
    was never shown takes nothing. They sum to 1 at most.
    """
    if not beliefs:
        return []
    excess = [0.0, *(_excess(beliefs[0], each) for each in beliefs[1:])]
    whole, most = math.fsum(excess), max(excess)
    return [most * each / whole for each in excess] if whole > 0 else excess


def better(one: Belief, other: Belief) -> float:
    """How likely the second is better than the first."""
    scale = math.hypot(one.sd_share, other.sd_share) * math.sqrt(2)
    return 0.5 * (1.0 + math.erf((other.mean_share - one.mean_share) / scale))


def _excess(first: Belief, other: Belief) -> float:
    if other.weight == 0.0:
        return 0.0
    return max(0.0, (better(first, other) - SURE) / (1.0 - SURE))

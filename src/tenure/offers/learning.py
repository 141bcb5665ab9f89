"""What is learned of each offer: a posterior of the retained margin, net of its cost.

    of all offers     the mean of all results
    of an offer       shrunk towards that, as if PRIOR_WEIGHT results of the mean had been seen
    of it for a reason  shrunk towards the offer's own, in the same way

So an offer that was shown three times is believed to be about as good as the others, and a reason
that was given twice to be like the rest. Normal-normal, with one variance for all results.
Source  partial pooling: Gelman et al., Bayesian Data Analysis, 3rd ed., 5.4
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from tenure.base.home import Home
from tenure.offers.book import offer_book
from tenure.offers.learned import Belief
from tenure.offers.models import LearnedOffer
from tenure.offers.recording import record_concessions
from tenure.offers.results import Result, results
from tenure.saves.models import SaveCheck

PRIOR_WEIGHT = 20.0
PRIOR_VARIANCE = 0.2  # of one result: they go from lost (0) to kept (1)
PRIOR_VARIANCE_WEIGHT = 10.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """A belief about an offer (of all, when `version` is empty) for a reason (any, when empty)."""

    offer: str
    version: str
    reason: str
    belief: Belief
    visits: int
    accepted: int


def learn(home: Home, now: datetime) -> int:
    """How many beliefs there are now. Also tells the lake of concessions that were not told.

    Everything is worked out anew from what was shown and what billing showed since, once a check
    was answered: running it again changes nothing.
    """
    record_concessions(now)
    last = LearnedOffer.objects.aggregate(at=Max("learned_at"))["at"]
    if last is not None and not SaveCheck.objects.filter(seen_at__gte=last).exists():
        return LearnedOffer.objects.count()
    found = lessons(results(offer_book().budget.gross_margin_share))
    rows = [
        LearnedOffer(
            offer=each.offer,
            version=each.version,
            reason=each.reason,
            visits=each.visits,
            weight=each.belief.weight,
            mean_share=each.belief.mean_share,
            sd_share=each.belief.sd_share,
            accepted=each.accepted,
            learned_at=now,
        )
        for each in found
    ]
    with transaction.atomic():
        LearnedOffer.objects.all().delete()
        LearnedOffer.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def lessons(seen: Sequence[Result]) -> list[Lesson]:
    """The beliefs that these results give; none for no results."""
    if not seen:
        return []
    mean = _mean(seen)
    variance = _variance(seen)
    by_offer: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for each in seen:
        by_offer[each.version, each.offer].append(each)
    unknown = Belief(mean, math.sqrt(variance / PRIOR_WEIGHT))
    found = [Lesson("", "", "", unknown, len(seen), sum(each.has_accepted for each in seen))]
    for (version, offer), own in sorted(by_offer.items()):
        of_all = _shrunk(own, mean, variance)
        found.append(_lesson(offer, version, "", own, of_all))
        by_reason: dict[str, list[Result]] = defaultdict(list)
        for each in own:
            if each.reason:
                by_reason[each.reason].append(each)
        for reason, said in sorted(by_reason.items()):
            belief = _shrunk(said, of_all.mean_share, variance)
            # How well it does in all is known only so well: that stays, beside what is seen here.
            inherited = of_all.sd_share * PRIOR_WEIGHT / (belief.weight + PRIOR_WEIGHT)
            wider = Belief(
                belief.mean_share,
                math.hypot(belief.sd_share, inherited),
                belief.weight,
            )
            found.append(_lesson(offer, version, reason, said, wider))
    return found


def _lesson(
    offer: str, version: str, reason: str, seen: Sequence[Result], belief: Belief
) -> Lesson:
    return Lesson(
        offer, version, reason, belief, len(seen), sum(each.has_accepted for each in seen)
    )


def _shrunk(seen: Sequence[Result], towards: float, variance: float) -> Belief:
    """The posterior of a mean whose prior is as good as PRIOR_WEIGHT results of `towards`."""
    weight = math.fsum(each.weight for each in seen)
    total = math.fsum(each.weight * each.share for each in seen)
    mean = (total + PRIOR_WEIGHT * towards) / (weight + PRIOR_WEIGHT)
    return Belief(mean, math.sqrt(variance / (weight + PRIOR_WEIGHT)), weight)


def _mean(seen: Iterable[Result]) -> float:
    pairs = [(each.weight, each.share) for each in seen]
    return math.fsum(w * share for w, share in pairs) / math.fsum(w for w, _ in pairs)


def _variance(seen: Sequence[Result]) -> float:
    """Of one whole result about the mean of its offer, with a prior worth ten."""
    by_offer: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for each in seen:
        by_offer[each.version, each.offer].append(each)
    squares, weight = 0.0, 0.0
    for own in by_offer.values():
        mean = _mean(own)
        squares += math.fsum(each.weight * (each.share - mean) ** 2 for each in own)
        weight += math.fsum(each.weight for each in own)
    prior = PRIOR_VARIANCE * PRIOR_VARIANCE_WEIGHT
    return (squares + prior) / (weight + PRIOR_VARIANCE_WEIGHT)

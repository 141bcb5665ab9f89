"""What is learned of each offer: a posterior of the retained margin, net of its cost.

    of all offers     the mean of all results
    of an offer       shrunk towards that, as if PRIOR_WEIGHT results of the mean had been seen
    of it for a reason  shrunk towards the offer's own, and for what followed it towards that

Results are compared with those of others who said the same and for whom the rules had the same
offer first. An offer that was shown three times is believed to be about as good as the others, and
a reason that was given twice to be like the rest. Normal-normal, with one variance for all.
Source  partial pooling: Gelman et al., Bayesian Data Analysis, 3rd ed., 5.4
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
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
    """A belief about an offer (of all, when `version` is empty) for what they said (empty: any)."""

    offer: str
    version: str
    reason: str
    follow_up: str
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
            follow_up=each.follow_up,
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
    seen = _like_with_like(seen)
    mean = _mean(seen)
    variance = _variance(seen)
    unknown = Belief(mean, math.sqrt(variance / PRIOR_WEIGHT))
    found = [_lesson(("", "", "", ""), unknown, seen)]
    for (version, offer), own in _parted(seen, _version_and_offer):
        of_all = _shrunk(own, mean, variance)
        found.append(_lesson((offer, version, "", ""), of_all, own))
        for (reason,), said in _parted(own, lambda each: (each.reason,)):
            if not reason:
                continue
            of_reason = _below(said, of_all, variance)
            found.append(_lesson((offer, version, reason, ""), of_reason, said))
            for (follow_up,), followed in _parted(said, lambda each: (each.follow_up,)):
                if follow_up:
                    belief = _below(followed, of_reason, variance)
                    found.append(_lesson((offer, version, reason, follow_up), belief, followed))
    return found


def _like_with_like(seen: Sequence[Result]) -> list[Result]:
    """The results, less what those came to who said the same and for whom the rules had the same
    offer first: which of them an offer led is by chance alone. Else an offer would be praised for
    whom the rules send to it.
    """
    mean = _mean(seen)
    found = []
    for (first, _), alike in _parted(seen, lambda each: (each.rules_first, each.reason)):
        expected = _shrunk(alike, mean, 1.0).mean_share if first else mean
        found += [replace(each, share=each.share - expected + mean) for each in alike]
    return found


Key = tuple[str, ...]


def _version_and_offer(result: Result) -> Key:
    return result.version, result.offer


def _parted(seen: Iterable[Result], by: Callable[[Result], Key]) -> list[tuple[Key, list[Result]]]:
    """The results by what they have in common, in its order."""
    found: dict[Key, list[Result]] = defaultdict(list)
    for each in seen:
        found[by(each)].append(each)
    return sorted(found.items())


def _lesson(of: tuple[str, str, str, str], belief: Belief, seen: Sequence[Result]) -> Lesson:
    return Lesson(*of, belief, len(seen), sum(each.has_accepted for each in seen))


def _below(seen: Sequence[Result], above: Belief, variance: float) -> Belief:
    """The posterior of a part, shrunk towards that of the whole. How well the whole is known stays
    in it, beside what is seen of the part.
    """
    own = _shrunk(seen, above.mean_share, variance)
    inherited = above.sd_share * PRIOR_WEIGHT / (own.weight + PRIOR_WEIGHT)
    return Belief(own.mean_share, math.hypot(own.sd_share, inherited), own.weight)


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
    squares, weight = 0.0, 0.0
    for _, own in _parted(seen, _version_and_offer):
        mean = _mean(own)
        squares += math.fsum(each.weight * (each.share - mean) ** 2 for each in own)
        weight += math.fsum(each.weight for each in own)
    prior = PRIOR_VARIANCE * PRIOR_VARIANCE_WEIGHT
    return (squares + prior) / (weight + PRIOR_VARIANCE_WEIGHT)

"""Which offers are shown, in which order, with what probability. Pure, and replayed by its seed.

Of the offers that fit, each place is drawn from

    explore_share / n  +  (1 - explore_share) · (the rules' choice, or what is likely better)

and every probability is kept: without them nothing can be learned from what was shown.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tenure.base.ids import digest
from tenure.offers.fitting import Fitting, fitting, is_seasonal
from tenure.offers.history import History
from tenure.offers.kinds import DORMANT
from tenure.offers.learned import Learned, taking_over
from tenure.offers.next_step import next_step
from tenure.offers.parts import Commitment, OfferBook
from tenure.offers.wanted import Wanted
from tenure.offers.wording import filled, owed_text

RULES, LEARNED, SEASON = "rules", "learned", "season"


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """An offer as it is shown. `terms` are stored as they stand here, for ever.

    `probability` is that of its place, given what stands before it.
    """

    name: str
    kind: str
    probability: float
    terms: dict[str, object]
    title: str
    text: str
    accept: str
    terms_text: str
    cost_minor: int = 0
    commitments: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Considered:
    """One offer of the book: why not, or its probability at each place that was drawn.

    `probability` is that of the first place; over all that fit it sums to 1.
    """

    name: str
    kind: str
    version: str
    why_not: tuple[str, ...]
    probabilities: tuple[float, ...] = ()
    rank: int | None = None  # by the rules; 0 is first

    @property
    def fits(self) -> bool:
        return not self.why_not

    @property
    def probability(self) -> float:
        return self.probabilities[0] if self.probabilities else 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown, and everything that was considered. `digest` stands for all of it."""

    shown: tuple[ShownOffer, ...]
    considered: tuple[Considered, ...]
    how: str  # rules | learned | season
    book: str  # digest
    digest: str
    reason: str = ""
    follow_up: str = ""
    because: str = ""

    def as_json(self) -> dict[str, object]:
        """The properties of the event `Offers Chosen`; `shown_log.keep_choice` reads them."""
        return {
            "how": self.how,
            "book": self.book,
            "choice": self.digest,
            "reason": self.reason,
            "follow_up": self.follow_up,
            "because": self.because,
            "shown": [{"name": each.name, "probability": each.probability} for each in self.shown],
            "considered": [
                {
                    "name": each.name,
                    "kind": each.kind,
                    "version": each.version,
                    "why_not": list(each.why_not),
                    "probabilities": list(each.probabilities),
                    "rank": each.rank,
                }
                for each in self.considered
            ],
        }


def choose(
    wanted: Wanted,
    book: OfferBook,
    history: History,
    learned: Learned,
    chance: random.Random,
) -> Choice:
    """At most `wanted.at_most` offers, in the order in which they are shown.

    The same arguments and the same seed choose the same.
    """
    step = next_step(wanted, book.product)
    candidates = [fitting(offer, wanted, book, history, step) for offer in book.offers]
    ranked = ranking([each for each in candidates if not each.why_not], wanted)
    places, how = _drawn(ranked, wanted, book, learned, chance)
    shown = tuple(_shown(_named(ranked, name), chances[name], wanted) for name, chances in places)
    ranks = {each.offer.name: rank for rank, each in enumerate(ranked)}
    considered = tuple(
        Considered(
            each.offer.name,
            each.offer.kind,
            each.offer.version,
            each.why_not,
            tuple(chances.get(each.offer.name, 0.0) for _, chances in places)
            if not each.why_not
            else (),
            ranks.get(each.offer.name),
        )
        for each in candidates
    )
    said = (wanted.reason, wanted.follow_up, wanted.because)
    told = digest(repr((book.digest, said, how, considered, shown)))
    return Choice(shown, considered, how, book.digest, told, *said)


def ranking(candidates: Sequence[Fitting], wanted: Wanted) -> list[Fitting]:
    """In the order of the rules: to sleep, for who is seasonal; what answers the reason (the
    follow-up above it); what is for fewer; then as the book has it.
    """
    seasonal = is_seasonal(wanted)

    def place(at: int) -> tuple[bool, bool, bool, int, int]:
        offer = candidates[at].offer
        narrowed = (offer.asked is not None) + bool(offer.segments)
        return (
            not (seasonal and offer.kind == DORMANT),
            not (offer.follow_ups and wanted.follow_up in offer.follow_ups),
            not (offer.reasons and wanted.reason in offer.reasons),
            -narrowed,
            at,
        )

    return [candidates[at] for at in sorted(range(len(candidates)), key=place)]


def _drawn(
    ranked: Sequence[Fitting],
    wanted: Wanted,
    book: OfferBook,
    learned: Learned,
    chance: random.Random,
) -> tuple[list[tuple[str, Mapping[str, float]]], str]:
    """Each place: who came there, and with which chances; and how that was decided."""
    left, places, how = list(ranked), [], RULES
    while left and len(places) < wanted.at_most:
        if not places and left[0].offer.kind == DORMANT and is_seasonal(wanted):
            # Who is seasonal is offered to sleep first: that is a rule, and not tried out.
            chances, how = [1.0] + [0.0] * (len(left) - 1), SEASON
        else:
            chances, share = probabilities(left, wanted, book, learned)
            how = LEARNED if share > 0 and how == RULES else how
        at = _draw(chances, chance)
        names = [each.offer.name for each in left]
        places.append((names[at], dict(zip(names, chances, strict=True))))
        del left[at]
    return places, how


def probabilities(
    left: Sequence[Fitting], wanted: Wanted, book: OfferBook, learned: Learned
) -> tuple[list[float], float]:
    """The chance of each to come next, in the rules' order, and how much of it was learned.

    They sum to 1, and none is below `explore_share` ÷ their number.
    """
    said = (wanted.reason, wanted.follow_up)
    taken = taking_over([learned.of(each.offer.version, *said) for each in left])
    share = sum(taken)
    floor = book.budget.explore_share / len(left)
    rest = 1.0 - book.budget.explore_share
    wished = [(1.0 - share) * (rank == 0) + each for rank, each in enumerate(taken)]
    return [floor + rest * each for each in wished], share


def _draw(chances: Sequence[float], chance: random.Random) -> int:
    """One number of the generator for each place, whatever the chances are."""
    point, passed = chance.random(), 0.0
    for at, each in enumerate(chances):
        passed += each
        if point < passed:
            return at
    return max(range(len(chances)), key=lambda at: chances[at])


def _named(ranked: Sequence[Fitting], name: str) -> Fitting:
    return next(each for each in ranked if each.offer.name == name)


def _shown(candidate: Fitting, probability: float, wanted: Wanted) -> ShownOffer:
    offer, terms = candidate.offer, candidate.terms
    assert terms is not None
    language = wanted.language
    values = terms.values
    return ShownOffer(
        name=offer.name,
        kind=offer.kind,
        probability=probability,
        terms=values,
        title=filled(offer.title, values, language),
        text=filled(offer.text, values, language),
        accept=filled(offer.accept, values, language),
        terms_text=filled(offer.terms, values, language),
        cost_minor=terms.cost_minor,
        commitments=tuple(_owed(each, candidate, wanted) for each in candidate.commitments),
    )


def _owed(commitment: Commitment, candidate: Fitting, wanted: Wanted) -> dict[str, object]:
    """A commitment by a day, which its text calls `{{ due_on }}`. `number` and `step` are for
    saying it in other languages as well.
    """
    assert candidate.terms is not None
    owed: dict[str, object] = {
        "number": commitment.number,
        "side": commitment.side,
        "due_on": (wanted.today + timedelta(days=commitment.within_days)).isoformat(),
        "event": commitment.event,
        "owner_task": commitment.owner_task,
        "step": candidate.step,
    }
    owed["text"] = owed_text(commitment, candidate.terms.values, owed, wanted.language)
    return owed

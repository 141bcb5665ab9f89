"""What a save earned after its cost, beside what similar accounts brought in the same days.

It says what came in, and claims no cause: who stayed may have stayed anyway. What an offer made of
it is the lift over the hold-out, in `tenure leaving-report`.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tenure.definitions.store import current
from tenure.saves.models import Save, Similar

# What is assumed where offers.toml says nothing.
MARGIN_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Earned:
    """Minor units of `currency`. `margin_minor` is after everything that it cost."""

    currency: str
    paid_minor: int  # since the save, by the days that were paid for
    forgone_minor: int  # not asked for on those days, as promised
    paid_out_minor: int  # money back, hours of advice
    margin_minor: int
    # The same of the similar accounts, each as if it had paid before what the save did; None where
    # there are none.
    similar_margin_minor: int | None
    similar_count: int


def margin_share() -> float:
    """The gross margin as `[budget] gross_margin_share` of offers.toml has it."""
    book = current("offers")
    budget = tomllib.loads(book.text).get("budget", {}) if book is not None else {}
    return float(budget.get("gross_margin_share", MARGIN_SHARE))


def earned(save: Save, margin: float | None = None) -> Earned:
    """What one save earned until yesterday."""
    share = margin_share() if margin is None else margin
    return _earned(save, list(save.similar.all()), share)


def earned_by(saves: Sequence[Save], margin: float | None = None) -> list[Earned]:
    """What each of these earned, in their order; asks for all similar accounts at once."""
    share = margin_share() if margin is None else margin
    beside: dict[int, list[Similar]] = {}
    ids = [save.pk for save in saves]
    for first in range(0, len(ids), 500):
        for each in Similar.objects.filter(save_of_id__in=ids[first : first + 500]):
            beside.setdefault(each.save_of_id, []).append(each)
    return [_earned(save, beside.get(save.pk, []), share) for save in saves]


def _earned(save: Save, similar: Sequence[Similar], share: float) -> Earned:
    """What is served costs as much at a lower price: so its cost counts for what was forgone."""
    margin = Fraction(str(share))
    paid_out_minor = int(save.terms.get("paid_minor") or 0)
    kept = margin * save.paid_minor - (1 - margin) * save.forgone_minor - paid_out_minor
    return Earned(
        currency=save.currency,
        paid_minor=save.paid_minor,
        forgone_minor=save.forgone_minor,
        paid_out_minor=paid_out_minor,
        margin_minor=round(kept),
        similar_margin_minor=_margin_of(save, similar, margin),
        similar_count=len(similar),
    )


def _margin_of(save: Save, similar: Sequence[Similar], margin: Fraction) -> int | None:
    """The mean over similar accounts, each scaled to what the save paid before."""
    shares = [
        Fraction(each.paid_minor, each.mrr_before_minor)
        for each in similar
        if each.mrr_before_minor > 0
    ]
    if not shares:
        return None
    return round(margin * save.mrr_before_minor * sum(shares) / len(shares))

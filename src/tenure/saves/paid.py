"""What an account paid since, and what was not asked of it, by the days that are over."""

from datetime import date
from fractions import Fraction

from tenure.saves.retained import Retained

# Days of a month, on average: MRR is what a month comes to.
MONTH_DAYS = Fraction(365, 12)
# Price cuts: what is paid less than before was given away. Who takes a cheaper plan gets less, too.
CUTS = frozenset({"discount", "free_months"})


def money_of(retained: Retained, offer_kind: str, before_minor: int) -> tuple[int, int]:
    """What was paid and what was forgone since it began, in minor units, up to yesterday or to the
    day on which it was gone for good; a notice alone ends nothing that is paid for.

    By MRR and days, so that a year paid in advance counts as its days pass. Nothing is paid on days
    of a pause, and in free months whatever billing calls them.
    """
    days = sorted({*retained.price_edges(retained.asked.opened_on), retained.today})
    paid = forgone = Fraction(0)
    for day, until in zip(days, days[1:], strict=False):
        months = Fraction((until - day).days) / MONTH_DAYS
        is_free = offer_kind == "free_months" and _is_free(retained, day)
        is_paused = retained.pause_on(day) is not None
        price_minor = 0 if is_free or is_paused else _price(retained, day)
        paid += price_minor * months
        if offer_kind in CUTS and not is_paused and retained.held_on(day):
            forgone += max(before_minor - price_minor, 0) * months
    return round(paid), round(forgone)


def _price(retained: Retained, day: date) -> int:
    held = [each for each in retained.held_on(day) if each.is_paying]
    if not held:
        return 0
    currency = max(held, key=lambda each: (each.mrr_minor, each.fact_id)).currency
    return sum(each.mrr_minor for each in held if each.currency == currency)


def _is_free(retained: Retained, day: date) -> bool:
    until, since = retained.asked.rests_until, retained.asked.rests_from
    return until is not None and day < until and (since is None or day >= since)

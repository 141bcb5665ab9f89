"""What becomes of somebody in the half year after they came to the way out, as billing sees it.

Whoever stays decides anew each month, with the chance that they have by then: help lasts, a lower
price works as long as it runs, and during a pause nobody decides and nobody pays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tenure.demo.answering import effect_of, with_shift
from tenure.demo.leavers import MONTH_DAYS, Leaver
from tenure.offboard.passage import Shown
from tenure.offers.kinds import DISCOUNT, FREE_MONTHS, PRICE_CUTS, RESTS
from tenure.offers.terms import forgone_minor
from tenure.saves.promised import a_month_minor

LASTS = {"training": 0.8, "advice": 0.6, "human": 0.5, "custom": 0.5, "cheaper_plan": 0.9}
HALF_YEAR_DAYS = 180


@dataclass(frozen=True, slots=True)
class Life:
    """`prices` are (day, MRR from then on), counted from the visit, the first at day 0."""

    prices: tuple[tuple[int, int], ...]
    forgone_minor: int = 0
    paid_minor: int = 0

    def mrr_minor(self, day: int) -> int:
        """MRR at the end of that day."""
        return next(mrr for start, mrr in reversed(self.prices) if start <= day)

    def minor_days(self, until_day: int) -> int:
        """MRR at the end of each day before that one, summed up."""
        ends = [start for start, _ in self.prices[1:]] + [until_day]
        return sum(
            mrr * (min(end, until_day) - start)
            for (start, mrr), end in zip(self.prices, ends, strict=True)
            if start < until_day
        )


def gone(leaver: Leaver, accepted: Shown | None = None) -> Life:
    """They leave, at the end of what they paid for, also when they had accepted something first."""
    forgone, paid = _cost(accepted)
    return Life(((0, leaver.mrr_minor), (leaver.period_left_days, 0)), forgone, paid)


def stays(leaver: Leaver, accepted: Shown | None, today: date) -> Life:
    """They stay, with what they accepted, until one of the monthly decisions ends it."""
    prices = _agreed(leaver, accepted, today)
    forgone, paid = _cost(accepted)
    for month in range(HALF_YEAR_DAYS // MONTH_DAYS):
        day = leaver.period_left_days + MONTH_DAYS * (month + 1)
        if day >= HALF_YEAR_DAYS + MONTH_DAYS or leaver.is_annual:
            break
        if _price(prices, day) == 0:
            continue
        # Who only looked was never that near to leaving, and the first anger fades.
        chance = leaver.chance if leaver.leaves_alone else 0.5 * leaver.chance
        if leaver.draws[13 + month] < with_shift(chance, _lasting(leaver, accepted, month)):
            kept = [each for each in prices if each[0] < day]
            return Life((*kept, (day, 0)), forgone, paid)
    return Life(tuple(prices), forgone, paid)


def _cost(accepted: Shown | None) -> tuple[int, int]:
    """Price that was forgone by the terms, and what is paid beside it: as the report has it."""
    if accepted is None:
        return 0, 0
    if accepted.kind == FREE_MONTHS:
        return 0, accepted.cost_minor
    forgone = forgone_minor(accepted.kind, accepted.terms)
    return forgone, accepted.cost_minor - forgone


def _agreed(leaver: Leaver, accepted: Shown | None, today: date) -> list[tuple[int, int]]:
    """What is to be paid from which day on, as the terms say that were shown."""
    full = leaver.mrr_minor
    if accepted is None:
        return [(0, full)]
    terms = accepted.terms
    if accepted.kind == "cheaper_plan":
        return [(0, full), (_days(terms["starts_on"], today), _minor("price_after_minor", terms))]
    if accepted.kind in RESTS:
        starts = _days(terms.get("starts_on") or terms["sleeps_on"], today)
        ends = _days(terms.get("resumes_on") or terms["wakes_on"], today)
        return [(0, full), (starts, 0), (ends, full)]
    if accepted.kind == DISCOUNT:
        starts, ends = _days(terms["starts_on"], today), _days(terms["ends_on"], today)
        return [(0, full), (starts, _minor("price_during_minor", terms)), (ends, full)]
    return [(0, full)]


def _lasting(leaver: Leaver, accepted: Shown | None, month: int) -> float:
    """What of the effect is left at a later decision."""
    if accepted is None:
        return 0.0
    if accepted.kind in PRICE_CUTS:
        runs = int(accepted.terms.get("months") or 1)  # type: ignore[call-overload]
        return effect_of(leaver, accepted) if month < runs else 0.0
    return LASTS.get(accepted.kind, 0.0) * effect_of(leaver, accepted)


def _price(prices: list[tuple[int, int]], day: int) -> int:
    return next(mrr for start, mrr in reversed(prices) if start <= day)


def _days(day: object, today: date) -> int:
    return (date.fromisoformat(str(day)) - today).days


def _minor(name: str, terms: Mapping[str, object]) -> int:
    return a_month_minor(int(terms[name]), terms)  # type: ignore[call-overload]

"""Who could have left for a reason, on which days, and who did: counts and time at risk.

An account is at risk while it pays and has not decided. One that leaves for something else is at
risk until then. Of a step it is at risk while it stands before it. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tenure.proof.rates import Stratum
from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes_matching import STUCK, why_it_counts
from tenure.reasons.leavings_with_reasons import LeavingReasons
from tenure.reasons.taxonomy import Taxonomy
from tenure.signals.leavings import Spell

DAYS_IN_MONTH = 365.25 / 12
# Days since an account began to pay: accounts of one band are compared with accounts of that band.
AGES = (0, 31, 91, 181, 366)
NEVER = date.max


@dataclass(frozen=True, slots=True)
class RiskSpan:
    """One account at risk on the days [from_on, until_on). `how` says that it left for this."""

    account_id: str
    began_on: date  # of its time of paying
    from_on: date
    until_on: date
    left_on: date | None = None  # it decided, for what the fix answers
    how: str = ""  # said | seen | stuck


@dataclass(frozen=True, slots=True)
class StepDays:
    """When an account came to a step, and when it took it."""

    came_on: date | None
    took_on: date | None


@dataclass(slots=True)
class Tally:
    """Leavings and days at risk; `said` of them named it themselves."""

    leavings: int = 0
    said: int = 0
    days: int = 0

    @property
    def account_months(self) -> float:
        return self.days / DAYS_IN_MONTH


def spans_of(
    fix: Fix,
    found: Sequence[Spell],
    known: Taxonomy,
    leavings: Iterable[LeavingReasons],
    *,
    first_on: date,
    before_on: date,
    steps: Mapping[str, StepDays] | None = None,
) -> list[RiskSpan]:
    """Every account at risk on some day of [first_on, before_on), and whether it left for it.

    `steps` are the days of a step's fix.
    """
    for_it = {}
    if steps is None:
        for each in leavings:
            how = why_it_counts(fix, each, known)
            if how:
                for_it[each.account_id, each.decided_at] = how
    spans = []
    for spell in found:
        decided_on = spell.decided_on or NEVER
        if spell.starts_on >= before_on or decided_on < first_on:
            continue
        until_on = min(decided_on + timedelta(days=1) if spell.decided_on else NEVER, before_on)
        if steps is None:
            how = for_it.get((spell.account_id, spell.decided_at), "") if spell.decided_at else ""
            spans.append(_span(spell, spell.starts_on, until_on, how))
        else:
            spans += _span_at_step(spell, steps.get(spell.account_id), until_on)
    return spans


def _span(spell: Spell, from_on: date, until_on: date, how: str) -> RiskSpan:
    left_on = spell.decided_on if how and spell.decided_on and spell.decided_on < until_on else None
    return RiskSpan(
        spell.account_id, spell.starts_on, from_on, until_on, left_on, how if left_on else ""
    )


def _span_at_step(spell: Spell, at: StepDays | None, until_on: date) -> list[RiskSpan]:
    """The days on which it paid and stood before the step."""
    if at is None or at.came_on is None:
        return []
    from_on = max(spell.starts_on, at.came_on)
    end_on = min(until_on, at.took_on or NEVER)
    if from_on >= end_on:
        return []
    return [_span(spell, from_on, end_on, STUCK if end_on == until_on else "")]


def tally(
    spans: Iterable[RiskSpan],
    first_on: date,
    before_on: date,
    *,
    uses: Mapping[str, date] | None = None,
    is_using: bool = False,
) -> dict[int, Tally]:
    """Leavings and days of [first_on, before_on) by age (the first day of its band).

    With `uses` (since when each account uses it) only the days of those who do, or who do not, use
    it yet: whoever begins later was no user before, and could not have left as one.
    """
    by_age: dict[int, Tally] = defaultdict(Tally)
    for span in spans:
        low, high = max(span.from_on, first_on), min(span.until_on, before_on)
        if uses is not None:
            since_on = uses.get(span.account_id, NEVER)
            low, high = (max(low, since_on), high) if is_using else (low, min(high, since_on))
        if low >= high:
            continue
        _add_days(by_age, span.began_on, low, high)
        if span.left_on is not None and low <= span.left_on < high:
            of_age = by_age[age_of(span.began_on, span.left_on)]
            of_age.leavings += 1
            of_age.said += span.how == "said"
    return dict(by_age)


def summed(by_age: Mapping[int, Tally]) -> Tally:
    """All ages together."""
    whole = Tally()
    for each in by_age.values():
        whole.leavings += each.leavings
        whole.said += each.said
        whole.days += each.days
    return whole


def strata(before: Mapping[int, Tally], after: Mapping[int, Tally]) -> list[Stratum]:
    """The two times by age, in account-months."""
    empty = Tally()
    return [
        Stratum(
            before.get(age, empty).leavings,
            before.get(age, empty).account_months,
            after.get(age, empty).leavings,
            after.get(age, empty).account_months,
        )
        for age in AGES
    ]


def age_of(began_on: date, day: date) -> int:
    """The first day of the band that an account is in on a day."""
    days = (day - began_on).days
    return max((age for age in AGES if age <= days), default=AGES[0])


def _add_days(by_age: dict[int, Tally], began_on: date, low: date, high: date) -> None:
    first, last = (low - began_on).days, (high - began_on).days
    for age, end in zip(AGES, (*AGES[1:], None), strict=True):
        inside = min(last, end if end is not None else last) - max(first, age)
        if inside > 0:
            by_age[age].days += inside

"""What came of a fix: adoption, and leavings for what it answers, before and after it shipped.

    with reading(home) as reader:
        effect(reader, fix, today=..., time_zone=...)

Before and after are equal times on both sides of the day on which it shipped, and accounts are
compared with accounts of their age: those who came lately leave more often, fix or no fix. It is a
comparison in time and no proof: what else changed that day is in it. Nothing is claimed but at five
looks, at 30, 60, 90, 180 and 360 days, each at a level that holds for all of them together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from tenure.card.product import product
from tenure.card.product_parts import Product
from tenure.lake.reading import Reader
from tenure.proof.rates import Rate, RateRatio, rate_of, ratio_of, time_needed
from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes_adoption import Adoption, adoption_of, uses_since
from tenure.reasons.fixes_at_risk import (
    RiskSpan,
    StepDays,
    Tally,
    spans_of,
    strata,
    summed,
    tally,
)
from tenure.reasons.fixes_lists import concerned_by
from tenure.reasons.fixes_months import Cohort, Month, by_cohort, by_month
from tenure.reasons.fixes_stuck import StuckShares, step_days, stuck_shares
from tenure.reasons.leavings_with_reasons import LeavingReasons, leavings_and_words
from tenure.reasons.taxonomy import Taxonomy, taxonomy
from tenure.signals.leavings import Spell, spells

LOOKS = (30, 60, 90, 180, 360)  # days since it shipped
LEVEL = 1 - 0.05 / len(LOOKS)  # of each look, so that all hold together at 95 %
WORTH = 0.5  # of the rate before: a halving is what is looked for at the least
SHOWN_BEFORE = timedelta(days=365)  # of the chart
EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))

PLANNED, TOO_EARLY, NO_HISTORY = "planned", "too_early", "no_history"
NONE_BEFORE, NONE_ALIKE = "none_before", "none_alike"
FELL, ROSE, UNCLEAR = "fell", "rose", "unclear"


@dataclass(frozen=True, slots=True)
class Window:
    """Days of `days` before `shipped_on` and as many from it on. `is_look`: a claim may be made."""

    days: int
    first_on: date
    shipped_on: date
    before_on: date
    is_look: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What is known of a fix on a day. Rates are leavings in an account-month at risk."""

    window: Window | None  # None: it has not shipped, or no day is over since
    before: Rate
    after: Rate
    said_before: int  # of the leavings, those that named it; the others were inferred
    said_after: int
    ratio: RateRatio | None  # after ÷ before, accounts of one age compared
    users: Rate  # after: on days on which accounts used it already
    others: Rate  # and on those on which they did not (yet)
    adoption: Adoption
    stuck: StuckShares | None  # of a step's fix
    cohorts: tuple[Cohort, ...]
    months: tuple[Month, ...]
    leavings: tuple[RiskSpan, ...]  # everyone that left for it in the time shown, the latest first
    uses: Mapping[str, date]  # since when each account uses it
    # planned | too_early | no_history | none_before | none_alike | fell | rose | unclear
    verdict: str
    needs_months: int | None  # account-months more on this side, about, until it would be known
    needs_days: int | None  # the same as days from now on; of too_early: until the first look
    is_withdrawn: bool


@dataclass(frozen=True)
class Ground:
    """What every effect on one day is worked out from: read once, used for many fixes."""

    spells: Sequence[Spell]
    sold: Product
    known: Taxonomy
    today: date
    time_zone: str

    @cached_property
    def leavings(self) -> list[LeavingReasons]:
        """Every decision to leave there was, with what was said and inferred."""
        return leavings_and_words(*EVER, with_evidence=False)

    @cached_property
    def here(self) -> set[str]:
        """Accounts that pay and have not decided to leave."""
        return {
            each.account_id
            for each in self.spells
            if each.decided_on is None and each.starts_on < self.today
        }


def ground_of(reader: Reader, *, today: date, time_zone: str) -> Ground:
    """What holds this morning: who paid when, what is sold, which reasons there are."""
    found = spells(reader, until_on=today, time_zone=time_zone)
    return Ground(found, product(), taxonomy(), today, time_zone)


def effect(
    reader: Reader,
    fix: Fix,
    *,
    today: date,
    time_zone: str,
    ground: Ground | None = None,
) -> Effect:
    """Adoption and leavings, before and after. `today` is the first day that is not looked at."""
    ground = ground or ground_of(reader, today=today, time_zone=time_zone)
    steps = step_days(reader, fix.step) if fix.is_of_step else None
    uses = uses_since(reader, fix, ground.sold)
    end_on = min(today, fix.withdrawn_on or today)
    window = window_of(fix, ground, end_on)
    spans = _spans(fix, ground, steps)
    before, after, users, others = _tallies(spans, window, uses)
    ratio = ratio_of(strata(before, after), LEVEL) if window else None
    whole = [summed(each) for each in (before, after, users, others)]
    verdict = _verdict(fix, window, ratio, whole[0], today)
    needs_months, needs_days = _needs(fix, window, verdict, ratio, whole[1], today)
    concerned = concerned_by(fix, ground.known, steps)
    rates = [rate_of(each.leavings, each.account_months, LEVEL) for each in whole]
    return Effect(
        window=window,
        before=rates[0],
        after=rates[1],
        said_before=whole[0].said,
        said_after=whole[1].said,
        ratio=ratio,
        users=rates[2],
        others=rates[3],
        adoption=adoption_of(
            fix, ground.sold, uses, concerned=concerned, here=ground.here, until_on=end_on
        ),
        stuck=_stuck(fix, ground, steps, end_on),
        cohorts=tuple(by_cohort(spans, window, uses) if window else ()),
        months=tuple(by_month(spans, *_shown(fix, ground), today)),
        leavings=_leavings(spans),
        uses=uses,
        verdict=verdict,
        needs_months=needs_months,
        needs_days=needs_days,
        is_withdrawn=fix.withdrawn_on is not None,
    )


def window_of(fix: Fix, ground: Ground, end_on: date) -> Window | None:
    """The two equal times: of the last look that is over, else of the days that there are."""
    shipped_on = fix.shipped_on
    began = [each.starts_on for each in ground.spells]
    if shipped_on is None or shipped_on >= end_on or not began:
        return None
    longest = min((end_on - shipped_on).days, (shipped_on - min(began)).days)
    look = max((days for days in LOOKS if days <= longest), default=0)
    days = look or max(longest, 0)
    if not days:
        return None
    span = timedelta(days=days)
    return Window(days, shipped_on - span, shipped_on, shipped_on + span, bool(look))


def _spans(fix: Fix, ground: Ground, steps: Mapping[str, StepDays] | None) -> list[RiskSpan]:
    first_on, _ = _shown(fix, ground)
    return spans_of(
        fix,
        ground.spells,
        ground.known,
        () if steps is not None else ground.leavings,
        first_on=first_on,
        before_on=ground.today,
        steps=steps,
    )


def _shown(fix: Fix, ground: Ground) -> tuple[date, date]:
    """First day of what is shown, and the day that parts before from after."""
    middle = fix.shipped_on or ground.today
    return middle - SHOWN_BEFORE, middle


def _tallies(
    spans: list[RiskSpan], window: Window | None, uses: Mapping[str, date]
) -> tuple[dict[int, Tally], ...]:
    if window is None:
        return {}, {}, {}, {}
    until = window.shipped_on, window.before_on
    return (
        tally(spans, window.first_on, window.shipped_on),
        tally(spans, *until),
        tally(spans, *until, uses=uses, is_using=True),
        tally(spans, *until, uses=uses),
    )


def _leavings(spans: list[RiskSpan]) -> tuple[RiskSpan, ...]:
    left = [span for span in spans if span.left_on is not None]
    return tuple(sorted(left, key=lambda span: (str(span.left_on), span.account_id), reverse=True))


def _stuck(
    fix: Fix, ground: Ground, steps: Mapping[str, StepDays] | None, end_on: date
) -> StuckShares | None:
    if steps is None or fix.shipped_on is None:
        return None
    declared = next((each for each in ground.sold.first_value.steps if each.name == fix.step), None)
    return stuck_shares(
        steps,
        shipped_on=fix.shipped_on,
        until_on=end_on,
        days_given=declared.within_days if declared else None,
        looks=LOOKS,
        level=LEVEL,
    )


def _verdict(
    fix: Fix, window: Window | None, ratio: RateRatio | None, before: Tally, today: date
) -> str:
    if fix.shipped_on is None or fix.shipped_on >= today:
        return PLANNED
    end_on = min(today, fix.withdrawn_on or today)
    if (end_on - fix.shipped_on).days < LOOKS[0]:
        return TOO_EARLY
    if window is None or not window.is_look or ratio is None:
        return NO_HISTORY
    if ratio.high is not None and ratio.high < 1:
        return FELL
    if (ratio.low or 0.0) > 1:
        return ROSE
    if ratio.before:
        return UNCLEAR
    # Some left before, and of their age nobody has been there since: there is nothing to compare.
    return NONE_ALIKE if before.leavings else NONE_BEFORE


def _needs(  # noqa: PLR0913
    fix: Fix, window: Window | None, verdict: str, ratio: RateRatio | None, after: Tally,
    today: date,
) -> tuple[int | None, int | None]:  # fmt: skip
    """Account-months and days that are missing until a halving, or what is seen, would be known."""
    if fix.withdrawn_on and fix.withdrawn_on <= today:
        return None, None  # nothing more will come
    if verdict == TOO_EARLY and fix.shipped_on:
        return None, LOOKS[0] - (today - fix.shipped_on).days
    if verdict != UNCLEAR or window is None or ratio is None or not ratio.expected:
        return None, None
    wanted = min(WORTH, ratio.value) if ratio.value is not None else WORTH
    needed = time_needed(ratio.expected / after.account_months, wanted, LEVEL)
    if needed is None or not after.days:
        return None, None
    at_once = after.account_months / window.days  # account-months that a day brings
    missing = max(needed - after.account_months, at_once)
    return round(missing), max(1, round(missing / at_once))

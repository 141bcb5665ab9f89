"""Whether the reason for which an account left, or that it named, is truly mended.

    mended(reader, today=..., time_zone=..., account_id="acme")      # what winning back may say
    mended(reader, today=..., time_zone=..., code="hard_start")

Shipped is not mended. It is when it has shipped and stands, is used by those whom it concerns, and
either leavings for it fell (a look that says so), or it answers the very need that this account
named. Whatever is not known is said, and does not count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from tenure.lake.reading import Reader
from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes import EVER, FELL, ROSE, Effect, Ground, effect, ground_of
from tenure.reasons.fixes_adoption import Adoption, uses_since
from tenure.reasons.fixes_lists import LeftForIt, StillHere, left_for_it, named_by
from tenure.reasons.fixes_stuck import step_days
from tenure.reasons.leavings_with_reasons import leavings_and_words

ADOPTED_SHARE, ADOPTED_LEAST = 0.1, 3  # of those concerned (else of all), and accounts at least
_ORDER = ("mended", "need_met", "unclear", "not_adopted", "adoption_unseen", "still_leaving",
          "planned", "withdrawn")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mended:
    """One fix, asked of a reason or of one account.

    `because`: mended (leavings fell) | need_met (it answers what this account named) | unclear |
    not_adopted | adoption_unseen | still_leaving | planned | withdrawn.
    """

    fix: Fix
    because: str
    shipped_on: date | None
    verdict: str  # of its effect
    adoption: Adoption
    account_id: str = ""
    need: str = ""  # said | seen | stuck: how we know that the account had it

    @property
    def is_mended(self) -> bool:
        """Whether it may be said to them that what they missed is there now."""
        return self.because in ("mended", "need_met")


def mended(
    reader: Reader,
    *,
    today: date,
    time_zone: str,
    account_id: str = "",
    code: str = "",
    ground: Ground | None = None,
) -> list[Mended]:
    """Every fix that answers the reason, or what the account left for or named; the best first.

    A fix that shipped before the account decided is none for it: it left in spite of it.
    """
    ground = ground or ground_of(reader, today=today, time_zone=time_zone)
    found = []
    for fix in _asked(code):
        need = _need_of(reader, fix, account_id, ground) if account_id else ""
        if account_id and not need:
            continue
        told = effect(reader, fix, today=today, time_zone=time_zone, ground=ground)
        found.append(_judged(fix, told, account_id, need))
    return sorted(found, key=lambda each: (_ORDER.index(each.because), str(each.shipped_on)))


def mended_of_each(
    fix: Fix, told: Effect, left: Iterable[LeftForIt]
) -> list[tuple[LeftForIt, Mended]]:
    """The same for every account that left for it before it shipped."""
    return [
        (each, _judged(fix, told, each.account_id, each.how)) for each in left if each.is_before
    ]


def is_adopted(adoption: Adoption) -> bool:
    """Whether enough of those whom it concerns use it; of all, where it concerns too few."""
    of = adoption.concerned if adoption.concerned.of >= ADOPTED_LEAST else adoption.all
    return of.part >= ADOPTED_LEAST and (of.value or 0.0) >= ADOPTED_SHARE


def _judged(fix: Fix, told: Effect, account_id: str = "", need: str = "") -> Mended:
    return Mended(
        fix,
        _because(fix, told, need),
        fix.shipped_on,
        told.verdict,
        told.adoption,
        account_id,
        need,
    )


def _because(fix: Fix, told: Effect, need: str) -> str:
    if fix.withdrawn_on:
        return "withdrawn"
    if told.verdict == "planned":
        return "planned"
    if not told.adoption.is_seen:
        return "adoption_unseen"
    if not is_adopted(told.adoption):
        return "not_adopted"
    if told.verdict == ROSE:
        return "still_leaving"
    if told.verdict == FELL or _step_is_taken(told):
        return "mended"
    if fix.is_narrow and need == "said":
        return "need_met"
    return "unclear"


def _step_is_taken(told: Effect) -> bool:
    """Of a step's fix: fewer get stuck there, known."""
    stuck = told.stuck
    return stuck is not None and stuck.is_known and (stuck.difference or (0.0,))[0] < 0


def _asked(code: str) -> list[Fix]:
    fixes = Fix.objects.order_by("shipped_on", "pk")
    return list(fixes.filter(code=code) if code else fixes)


def _need_of(reader: Reader, fix: Fix, account_id: str, ground: Ground) -> str:
    """How we know that the account had this need before the fix shipped; empty: it had not."""
    steps = step_days(reader, fix.step) if fix.is_of_step else None
    left = left_for_it(
        fix,
        [each for each in ground.spells if each.account_id == account_id],
        ground.known,
        leavings_and_words(*EVER, account_id=account_id),
        time_zone=ground.time_zone,
        uses=uses_since(reader, fix, ground.sold),
        steps=steps,
    )
    if left:
        return left[0].how if left[0].is_before else ""
    if account_id not in ground.here:
        return ""
    named: StillHere | None = named_by(fix, account_id, ground.known, steps=steps)
    if named is None:
        return ""
    zone = ZoneInfo(ground.time_zone)
    is_before = (
        named.named_at is None
        or fix.shipped_on is None
        or named.named_at.astimezone(zone).date() < fix.shipped_on
    )
    return ("stuck" if named.how == "stuck" else "said") if is_before else ""

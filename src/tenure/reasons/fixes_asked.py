"""Fixes as a page, a command or a program asks for them: one reading for all that it shows."""

from dataclasses import dataclass
from datetime import datetime

from tenure.base.home import Home
from tenure.lake.reading import Reader, company_day, reading
from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes import Effect, Ground, effect, ground_of
from tenure.reasons.fixes_adoption import uses_since
from tenure.reasons.fixes_lists import LeftForIt, StillHere, left_for_it, still_here
from tenure.reasons.fixes_mended import Mended, mended, mended_of_each
from tenure.reasons.fixes_stuck import step_days


@dataclass(frozen=True, slots=True)
class FixTold:
    """One fix with all that is known of it."""

    fix: Fix
    effect: Effect
    left: list[LeftForIt]
    mended: dict[str, str]  # by account that left before it shipped: how far its reason is mended
    here: list[StillHere]


def fixes_told(home: Home, now: datetime) -> list[tuple[Fix, Effect]]:
    """Every fix with its effect, the latest first: what ships next, then what shipped."""
    fixes = list(Fix.objects.select_related("owner"))
    fixes.sort(key=lambda fix: (str(fix.shipped_on or "9999"), fix.pk), reverse=True)
    if not fixes:
        return []
    with reading(home) as reader:
        ground = _ground(reader, home, now)
        return [(fix, _effect(reader, fix, ground)) for fix in fixes]


def effect_now(home: Home, fix: Fix, now: datetime) -> Effect:
    """The effect of one fix."""
    with reading(home) as reader:
        return _effect(reader, fix, _ground(reader, home, now))


def fix_told(home: Home, fix: Fix, now: datetime) -> FixTold:
    """One fix, its effect, who left for it and who is to be told."""
    with reading(home) as reader:
        ground = _ground(reader, home, now)
        told = _effect(reader, fix, ground)
        steps = step_days(reader, fix.step) if fix.is_of_step else None
        uses = uses_since(reader, fix, ground.sold)
        left = left_for_it(
            fix,
            ground.spells,
            ground.known,
            ground.leavings,
            time_zone=ground.time_zone,
            uses=uses,
            steps=steps,
        )
        here = still_here(fix, ground.here, ground.known, uses=uses, steps=steps)
    each_mended = {left.account_id: each.because for left, each in mended_of_each(fix, told, left)}
    return FixTold(fix, told, left, each_mended, here)


def mended_told(home: Home, now: datetime, *, account_id: str = "", code: str = "") -> list[Mended]:
    """Whether what an account left for, or a reason, is mended: see `fixes_mended.mended`."""
    with reading(home) as reader:
        return mended(
            reader,
            today=company_day(home, now),
            time_zone=home.company.time_zone,
            account_id=account_id,
            code=code,
        )


def _ground(reader: Reader, home: Home, now: datetime) -> Ground:
    return ground_of(reader, today=company_day(home, now), time_zone=home.company.time_zone)


def _effect(reader: Reader, fix: Fix, ground: Ground) -> Effect:
    return effect(reader, fix, today=ground.today, time_zone=ground.time_zone, ground=ground)

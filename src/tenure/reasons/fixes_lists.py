"""Whom a fix concerns: who left for it, and who is still here and had named it.

Those who left are for winning back; those who are here are to be told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes_at_risk import StepDays
from tenure.reasons.fixes_matching import STUCK, names_it, said_of, why_it_counts
from tenure.reasons.leavings_with_reasons import LeavingReasons
from tenure.reasons.models import LeavingReview, ReasonRecord
from tenure.reasons.recording import FOLLOWED_UP, GIVEN
from tenure.reasons.taxonomy import Taxonomy
from tenure.signals.leavings import Spell


@dataclass(frozen=True, slots=True)
class LeftForIt:
    """One account that left for what the fix answers, and has not come back."""

    account_id: str
    decided_at: datetime
    how: str  # said | seen | stuck
    words: str  # what they wrote
    is_before: bool  # it left before the fix shipped; else in spite of it
    mrr_minor: int | None  # None: not known
    currency: str
    used_it: bool  # before it left, so it knew of it


@dataclass(frozen=True, slots=True)
class StillHere:
    """One account that pays, and had named it or stands before the step."""

    account_id: str
    named_at: datetime | None  # None: it stands before the step
    how: str  # stated | followed_up | survey | interview | stuck
    words: str
    uses_since_on: date | None
    came_on: date | None = None  # to the step
    person_id: str = ""  # who said it, where known


def concerned_by(
    fix: Fix, known: Taxonomy, steps: Mapping[str, StepDays] | None = None
) -> set[str]:
    """Accounts that asked for it; of a step those that stood before it when it shipped or since."""
    if steps is not None:
        since_on = fix.shipped_on or date.min
        return {
            account_id
            for account_id, at in steps.items()
            if at.came_on is not None and (at.took_on is None or at.took_on >= since_on)
        }
    return {each.account_id for each in _named(fix, known)}


def left_for_it(
    fix: Fix,
    found: Sequence[Spell],
    known: Taxonomy,
    leavings: Iterable[LeavingReasons],
    *,
    time_zone: str,
    uses: Mapping[str, date] | None = None,
    steps: Mapping[str, StepDays] | None = None,
) -> list[LeftForIt]:
    """Who left for it and is not back, the latest first."""
    last: dict[str, Spell] = {}
    for spell in found:
        if spell.account_id not in last or spell.starts_on > last[spell.account_id].starts_on:
            last[spell.account_id] = spell
    gone = {each.account_id: each for each in last.values() if each.decided_at is not None}
    if steps is None:
        reasons = _reasons_of(fix, known, gone, leavings)
    else:
        reasons = {
            account_id: (STUCK, "") for account_id, spell in gone.items()
            if _left_at_step(spell, steps.get(account_id))
        }  # fmt: skip
    amounts = _amounts(reasons)
    zone = ZoneInfo(time_zone)
    rows = []
    for account_id, (how, words) in reasons.items():
        decided_at = gone[account_id].decided_at
        assert decided_at is not None
        day = decided_at.astimezone(zone).date()
        mrr_minor, currency = amounts.get((account_id, decided_at), (None, ""))
        since_on = (uses or {}).get(account_id)
        rows.append(
            LeftForIt(
                account_id,
                decided_at,
                how,
                words,
                fix.shipped_on is None or day < fix.shipped_on,
                mrr_minor,
                currency,
                since_on is not None and since_on <= day,
            )
        )
    return sorted(rows, key=lambda row: (row.decided_at, row.account_id), reverse=True)


def still_here(
    fix: Fix,
    here: set[str],
    known: Taxonomy,
    *,
    uses: Mapping[str, date] | None = None,
    steps: Mapping[str, StepDays] | None = None,
) -> list[StillHere]:
    """Who is here and had named it, the last word of each, the latest first; of a step, who stands
    before it.
    """
    since = uses or {}
    if steps is not None:
        waiting = [
            StillHere(account_id, None, STUCK, "", since.get(account_id), at.came_on)
            for account_id, at in steps.items()
            if account_id in here and at.came_on is not None and at.took_on is None
        ]
        return sorted(waiting, key=lambda row: (str(row.came_on), row.account_id), reverse=True)
    latest: dict[str, ReasonRecord] = {}
    for record in _named(fix, known):
        held = latest.get(record.account_id)
        if record.account_id in here and (held is None or record.said_at >= held.said_at):
            latest[record.account_id] = record
    rows = [
        StillHere(
            account_id,
            each.said_at,
            each.source,
            each.text,
            since.get(account_id),
            person_id=each.user_id,
        )
        for account_id, each in latest.items()
    ]
    return sorted(rows, key=lambda row: (str(row.named_at), row.account_id), reverse=True)


def named_by(
    fix: Fix, account_id: str, known: Taxonomy, *, steps: Mapping[str, StepDays] | None = None
) -> StillHere | None:
    """What one account said of it last, or that it stands before the step; None: neither."""
    rows = still_here(fix, {account_id}, known, steps=steps)
    return rows[0] if rows else None


def _named(fix: Fix, known: Taxonomy) -> list[ReasonRecord]:
    """Every live record, given by somebody, that names what the fix answers."""
    return [each for each in _given(fix) if names_it(fix, each, known)]


def _given(fix: Fix) -> QuerySet[ReasonRecord]:
    """Those that may: as near as the database can tell."""
    held = ReasonRecord.objects.filter(
        mode="live", superseded_by="", source__in=(*GIVEN, FOLLOWED_UP)
    ).exclude(account_id="")
    if fix.is_of_step:
        return held.none()
    if fix.detail:
        return held.filter(detail=fix.detail)
    if fix.theme:
        return held.filter(theme__key=fix.theme)
    if fix.rival:
        return held.filter(rival__iexact=fix.rival)
    return held.filter(code=fix.code)


def _reasons_of(
    fix: Fix, known: Taxonomy, gone: Mapping[str, Spell], leavings: Iterable[LeavingReasons]
) -> dict[str, tuple[str, str]]:
    """Of the accounts that are gone: how we know that they left for it, and their words."""
    found = {}
    for leaving in leavings:
        spell = gone.get(leaving.account_id)
        if spell is None or spell.decided_at != leaving.decided_at:
            continue
        how = why_it_counts(fix, leaving, known)
        if how:
            words = [each.text for each in said_of(leaving) if each.text]
            found[leaving.account_id] = (how, words[0] if words else "")
    return found


def _left_at_step(spell: Spell, at: StepDays | None) -> bool:
    if at is None or at.came_on is None or spell.decided_on is None:
        return False
    return at.came_on <= spell.decided_on and (at.took_on is None or at.took_on > spell.decided_on)


def _amounts(accounts: Mapping[str, object]) -> dict[tuple[str, datetime], tuple[int, str]]:
    """What each leaving took along, where its review knows it."""
    held = LeavingReview.objects.filter(withdrawn_at=None)
    if len(accounts) <= 500:
        held = held.filter(account_id__in=list(accounts))
    return {
        (account_id, decided_at): (mrr_minor, currency)
        for account_id, decided_at, mrr_minor, currency in held.values_list(
            "account_id", "decided_at", "mrr_minor", "currency"
        )
        if currency
    }

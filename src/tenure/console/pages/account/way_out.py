"""An account at the way out: why it decided to leave, its visits, what was promised since."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tenure.console.pages.leaving.owed import rows_of as owed_rows
from tenure.console.pages.leaving.words import (
    TONES,
    offer_titles,
    outcome_words,
    reason_titles,
)
from tenure.console.pages.reasons.rows import Row, rows_of
from tenure.offboard.models import Visit
from tenure.reasons.leavings_placed import PlacedLeaving
from tenure.reasons.leavings_with_reasons import leavings_and_words
from tenure.saves.commitments_listed import ordered
from tenure.saves.models import Kind, Save

VISITS_SHOWN, COMMITMENTS_SHOWN = 6, 6
EVER = datetime(1970, 1, 1, tzinfo=UTC)


def account_way_out(account_id: str, now: datetime, time_zone: str) -> dict[str, Any]:
    """Its decisions to leave with their reasons, its visits and saves, and what is still owed;
    all empty of who has never been near the way out.
    """
    commitments = ordered(account_id=account_id, with_settled=True).select_related("save_of")
    return {
        "decided": _decided(account_id, now, time_zone),
        "visits": _visits(account_id),
        "commitments": owed_rows(commitments[:COMMITMENTS_SHOWN]),
    }


def _decided(account_id: str, now: datetime, time_zone: str) -> list[Row]:
    zone = ZoneInfo(time_zone)
    found = leavings_and_words(EVER, now + timedelta(days=1), account_id=account_id)
    placed = [PlacedLeaving(each, each.decided_at.astimezone(zone).date()) for each in found]
    return rows_of(placed[::-1])


def _visits(account_id: str) -> list[dict[str, Any]]:
    """The latest live ones, with the standing of what was accepted."""
    found = Visit.objects.filter(account_id=account_id, mode="live").exclude(arm="")
    visits = list(found.defer("steps", "considered").order_by("-opened_at")[:VISITS_SHOWN])
    reasons, offers = reason_titles(), offer_titles()
    saves = {
        each.visit_id: each
        for each in Save.objects.filter(
            visit_id__in=[visit.pk for visit in visits], kind=Kind.SAVE, superseded_by=""
        )
    }
    return [
        {
            "visit": each,
            "outcome": outcome_words(each),
            "tone": TONES.get(each.outcome, "free"),
            "reason": reasons.get(each.reason, each.reason),
            "offer": offers.get(each.offer, each.offer),
            "save": saves.get(each.pk),
        }
        for each in visits
    ]

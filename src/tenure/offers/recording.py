"""What was given is told to the lake: one event of type `offboard`, once, whatever happens."""

import json
from datetime import datetime

from django.conf import settings

from tenure.lake.recording import record
from tenure.offers.models import Concession

GIVEN = "Concession Given"
_AT_ONCE = 500


def record_concessions(now: datetime) -> int:
    """How many were told now. Beside the acceptance, and in the worker for what it left."""
    told = 0
    while rows := list(Concession.objects.filter(recorded_at=None).order_by("pk")[:_AT_ONCE]):
        record(settings.TENURE_HOME, settings.DATABASE_URL, [event_of(row) for row in rows], now)
        ids = [row.pk for row in rows]
        told += Concession.objects.filter(pk__in=ids, recorded_at=None).update(recorded_at=now)
    return told


def event_of(row: Concession) -> dict[str, object]:
    """The event; its id is made of the visit and the offer, so that telling it twice is once."""
    said = {
        "visit": row.visit_id,
        "offer": row.offer,
        "kind": row.kind,
        "version": row.version,
        "reason": row.reason,
        "mode": row.mode,
        "currency": row.currency,
        "price_before_minor": row.price_before_minor,
        "price_minor": row.price_minor,
        "cost_minor": row.cost_minor,
        "is_price_cut": row.is_price_cut,
        "runs_until_on": row.runs_until_on.isoformat() if row.runs_until_on else None,
    }
    event: dict[str, object] = {
        "message_id": row.event_id,
        "type": "offboard",
        "name": GIVEN,
        "occurred_at": row.given_at,
        "account_key": row.account_id,
        "properties": json.dumps(said, ensure_ascii=False),
    }
    if row.person_id and not row.person_id.startswith("anon:"):
        event["user_id"] = row.person_id
    return event

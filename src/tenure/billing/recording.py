"""How each change of billing ended, as an event: `Billing Changed`, of type `offboard`."""

from datetime import datetime

import msgspec
from django.conf import settings
from django.db import transaction

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.billing.models import BillingChange
from tenure.lake.recording import record

AT_ONCE = 500
EVENT = "Billing Changed"


def record_standings(home: Home, now: datetime) -> int:
    """How many events were put into the inbox: one for each change and standing that it came to.

    `standing` is done, refused or unsure; a change may become done after it was unsure. An event's
    id is made from both, so that a crash in between records nothing twice.
    """
    changed = list(BillingChange.objects.filter(is_told=False).order_by("id")[:AT_ONCE])
    news = [each for each in changed if each.standing not in ("pending", each.told)]
    record(home, settings.DATABASE_URL, [_event(each, now) for each in news], now)
    if changed:
        with transaction.atomic():
            for each in changed:
                _note_told(each)
    return len(news)


def _note_told(change: BillingChange) -> None:
    """It is told, unless something became of it meanwhile."""
    told = change.told if change.standing == "pending" else change.standing
    same = BillingChange.objects.filter(pk=change.pk, status=change.status)
    same.filter(differs=change.differs).update(told=told, is_told=True)


def _event(change: BillingChange, now: datetime) -> dict[str, object]:
    properties = {
        "key": change.key,
        "kind": change.kind,
        "values": change.values,
        "mode": change.mode,
        "subscription": change.subscription_id,
        "standing": change.standing,
        "status": change.status,
        "differs": change.differs,
        "superseded_by": change.superseded_by,
    }
    return {
        "message_id": f"billing:{digest(change.key, change.standing)}",
        "type": "offboard",
        "name": EVENT,
        "occurred_at": change.read_back_at or change.ended_at or now,
        "account_key": change.account_id,
        "properties": msgspec.json.encode(properties).decode(),
    }

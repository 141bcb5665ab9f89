"""How saves and commitments stand, as events of type `offboard`: each standing is told once."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

import msgspec
from django.conf import settings
from django.db.models import F

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.lake.recording import record
from tenure.saves.models import Commitment, Save, Standing, Status

TYPE = "offboard"
AT_ONCE = 500
SAVE_NAMES = {
    Status.APPLIED: "Save Applied",
    Status.PROVISIONAL: "Save Applied",  # it became so before it was told
    Status.KEPT: "Save Kept",
    Status.LOST: "Save Lost",
}
COMMITMENT_NAMES = {
    Standing.OPEN: "Commitment Made",
    Standing.KEPT: "Commitment Kept",
    Standing.BROKEN: "Commitment Broken",
    Standing.RELEASED: "Commitment Released",
}


def tell_of_saves(home: Home, now: datetime) -> int:
    """How many standings of saves were put into the inbox."""
    changed = Save.objects.filter(mode="live", kind="save").exclude(told=F("status"))
    told = 0
    for each in _parts(changed.exclude(status=Status.ACCEPTED)):
        # That it was applied is told once, also where the first look finds it provisional.
        rows = [
            _save_event(save, now)
            for save in each
            if (save.told, save.status) != (Status.APPLIED, Status.PROVISIONAL)
        ]
        record(home, settings.DATABASE_URL, rows, now)
        for save in each:
            Save.objects.filter(pk=save.pk, status=save.status).update(told=save.status)
        told += len(rows)
    return told


def tell_of_commitments(home: Home, now: datetime) -> int:
    """How many standings of commitments were put into the inbox."""
    changed = Commitment.objects.filter(mode="live").exclude(told=F("standing"))
    told = 0
    for each in _parts(changed):
        record(home, settings.DATABASE_URL, [_commitment_event(row, now) for row in each], now)
        for row in each:
            Commitment.objects.filter(pk=row.pk, standing=row.standing).update(told=row.standing)
        told += len(each)
    return told


def _parts(changed) -> Sequence[list]:  # noqa: ANN001 - a QuerySet of either
    rows = list(changed.order_by("pk"))
    return [rows[first : first + AT_ONCE] for first in range(0, len(rows), AT_ONCE)]


def _save_event(save: Save, now: datetime) -> dict[str, object]:
    name = SAVE_NAMES[Status(save.status)]
    on = {Status.KEPT: save.kept_on, Status.LOST: save.gone_on}.get(Status(save.status))
    said = {
        "save": save.key,
        "offer": save.offer,
        "offer_kind": save.offer_kind,
        "reason": save.reason,
        "because": save.lost_because,
        "opened_on": save.opened_on.isoformat(),
    }
    return {
        "message_id": f"save:{digest(save.key, name, str(on or ''))}",
        "type": TYPE,
        "name": name,
        # What is known from billing is known now, whatever day it tells of.
        "occurred_at": now,
        "account_key": save.account_id,
        "properties": msgspec.json.encode({**said, "on": on}).decode(),
    }


def _commitment_event(commitment: Commitment, now: datetime) -> dict[str, object]:
    name = COMMITMENT_NAMES[Standing(commitment.standing)]
    at = {
        Standing.OPEN: commitment.promised_at,
        Standing.KEPT: commitment.kept_at,
        Standing.BROKEN: datetime.combine(commitment.broken_on or now.date(), time(), UTC),
    }.get(Standing(commitment.standing), now)
    said = {
        "commitment": commitment.key,
        "side": commitment.side,
        "text": commitment.text,
        "event": commitment.event,
        "due_on": commitment.due_on,
        "by": commitment.kept_by,
        "was_late": commitment.is_late,
    }
    return {
        "message_id": f"commitment:{digest(commitment.key, name, str(at if at != now else ''))}",
        "type": TYPE,
        "name": name,
        "occurred_at": min(at or now, now),
        "account_key": commitment.account_id,
        "properties": msgspec.json.encode(said).decode(),
    }

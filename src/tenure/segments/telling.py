"""Entering and leaving become events of type `segment`, each once."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import transaction

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.lake.recording import record
from tenure.segments.models import SegmentMember
from tenure.segments.vocabulary import ACCOUNT

TYPE = "segment"
ENTERED, LEFT = "Segment Entered", "Segment Left"
ANONYMOUS = "anon:"
AT_ONCE = 1000


def tell(home: Home, database_url: str, now: datetime) -> int:
    """How many entries and exits were put into the inbox.

    State and inbox are two stores. A kill between the two records the same events again, under the
    same ids, and shipping drops them.
    """
    entries = SegmentMember.objects.filter(is_entry_told=False)
    exits = SegmentMember.objects.filter(is_exit_told=False, left_at__isnull=False)
    told = 0
    for waiting, name, flag in (
        (entries, ENTERED, "is_entry_told"),
        (exits, LEFT, "is_exit_told"),
    ):
        while rows := list(waiting.order_by("id")[:AT_ONCE]):
            record(home, database_url, [_event(name, row) for row in rows], now)
            _mark(rows, flag)
            told += len(rows)
    return told


@transaction.atomic
def _mark(rows: Sequence[SegmentMember], flag: str) -> None:
    SegmentMember.objects.filter(pk__in=[row.pk for row in rows]).update(**{flag: True})


def _event(name: str, row: SegmentMember) -> dict[str, object]:
    is_entry = name == ENTERED
    said = {
        "segment": row.segment,
        "digest": row.entered_digest if is_entry else row.left_digest,
        "because": row.entered_because if is_entry else row.left_because,
    }
    person = row.subject_id if row.over != ACCOUNT else ""
    is_anonymous = person.startswith(ANONYMOUS)
    entered = row.entered_at.isoformat()
    return {
        "message_id": digest(TYPE, name, row.segment, row.subject_id, entered),
        "type": TYPE,
        "name": name,
        "occurred_at": row.entered_at if is_entry else row.left_at,
        "account_key": row.subject_id if row.over == ACCOUNT else None,
        "user_id": None if is_anonymous else person or None,
        "anonymous_id": person.removeprefix(ANONYMOUS) if is_anonymous else None,
        "properties": msgspec.json.encode(said).decode(),
    }

"""The compliance log: what was asked, shown and answered, each entry sealed by the next.

The digest of an entry covers the digest of the one before; so nothing can be changed, taken out or
put in without every later digest telling. What names somebody lies apart, and the chain covers only
its digest: it can be blanked when they are forgotten, and everything else still verifies.
docs/decisions/0012-a-log-that-can-forget.md says what this proves, and what not.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction

from tenure.base.ids import digest
from tenure.offboard.event import VisitEvent
from tenure.offboard.models import LogEntry, LogHead

HEAD = "leaving"
FORGOTTEN = "Somebody Forgotten"
# Codes and figures that name nobody; everything else that an event says is private.
PUBLIC = frozenset(
    {
        "seq", "screen", "flow", "flow_digest", "shape", "experiment", "arm", "share", "language",
        "country", "is_consumer", "channel", "reason", "follow_up", "next_job", "offer",
        "offer_kind", "offers", "action", "effective", "ends_on", "billing", "kind", "outcome",
        "because", "how", "choice",
    }
)  # fmt: skip
_canonical = msgspec.json.Encoder(order="sorted").encode


def append_to_log(events: Sequence[VisitEvent]) -> None:
    """Write one entry for each event that has none, in the caller's transaction, in their order."""
    ids = [event.message_id for event in events]
    known = set(LogEntry.objects.filter(message_id__in=ids).values_list("message_id", flat=True))
    fresh = {event.message_id: event for event in events if event.message_id not in known}
    if fresh:
        _append([_entry(event) for event in fresh.values()])


@transaction.atomic
def forget_in_log(account_ids: Sequence[str], person_ids: Sequence[str], now: datetime) -> int:
    """How many entries say no more whom they are about. That they were blanked is an entry too."""
    about = LogEntry.objects.filter(account_id__in=account_ids)
    about |= LogEntry.objects.filter(person_id__in=person_ids)
    about = about.exclude(private=None)
    numbers = sorted(about.values_list("number", flat=True))
    if not numbers:
        return 0
    LogEntry.objects.filter(number__in=numbers).update(private=None, account_id="", person_id="")
    spans = spans_of(numbers)
    _append(
        [
            LogEntry(
                at=now,
                kind=FORGOTTEN,
                message_id=digest(FORGOTTEN, now.isoformat(), str(spans)),
                body={"entries": spans},
            )
        ]
    )
    return len(numbers)


def entry_digest(entry: LogEntry) -> str:
    """What the digest of an entry has to be, over everything that the chain covers."""
    covered = {
        "number": entry.number,
        "visit_id": entry.visit_id,
        "mode": entry.mode,
        "at": instant(entry.at),
        "kind": entry.kind,
        "message_id": entry.message_id,
        "body": entry.body,
        "private_digest": entry.private_digest,
        "previous": entry.previous,
    }
    return hashlib.sha256(_canonical(covered)).hexdigest()


def private_digest(private: Mapping[str, Any] | None) -> str:
    """The digest of what names somebody; its salt keeps anybody from guessing what it was."""
    return hashlib.sha256(_canonical(private)).hexdigest() if private else ""


def head_seal(number: int, last: str, secret: str) -> str:
    """What only this installation can have written of the end of the log."""
    text = f"tenure.leaving-log.{number}.{last}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def instant(at: datetime | None) -> str:
    """An instant as the chain writes it: UTC, with microseconds. Empty for what is none: SQLite
    holds whatever somebody wrote over a row."""
    return "" if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def numbers_in(spans: Iterable[Sequence[int]]) -> Iterable[int]:
    """Every number that spans as `[[3, 7], [9, 9]]` stand for."""
    for first, last in spans:
        yield from range(first, last + 1)


def spans_of(numbers: Sequence[int]) -> list[list[int]]:
    """Numbers in order as spans: `[[3, 7], [9, 9]]`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return spans


def _append(entries: Sequence[LogEntry]) -> None:
    """At the end of the chain, whose head is locked until the transaction ends."""
    LogHead.objects.get_or_create(name=HEAD)
    head = LogHead.objects.select_for_update().get(name=HEAD)
    for entry in entries:
        entry.number, entry.previous = head.number + 1, head.digest
        entry.private_digest = private_digest(entry.private)
        entry.digest = entry_digest(entry)
        head.number, head.digest = entry.number, entry.digest
    LogEntry.objects.bulk_create(entries, batch_size=500)
    head.seal = head_seal(head.number, head.digest, settings.SECRET_KEY)
    head.save()


def _entry(event: VisitEvent) -> LogEntry:
    whose = event.whose
    public = {name: value for name, value in event.said.items() if name in PUBLIC}
    private = {
        "salt": secrets.token_hex(16),
        "account": whose.account_id,
        "subscription": whose.subscription_id,
        "person": whose.person_id,
        **{name: value for name, value in event.said.items() if name not in PUBLIC},
    }
    return LogEntry(
        visit_id=whose.visit_id,
        mode=whose.mode,
        at=event.at,
        kind=event.name,
        message_id=event.message_id,
        body=public,
        private=private,
        account_id=whose.account_id,
        person_id=whose.person_id,
    )

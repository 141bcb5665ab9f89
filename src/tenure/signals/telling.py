"""What everybody else hears of a signal: a task for somebody, and an event in the lake.

Both are keyed by the signal, and told after it was written: a kill in between only means that they
are told again, which changes nothing.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.db import transaction

from tenure.base.errors import Conflict
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.lake.recording import record
from tenure.signals.models import Signal
from tenure.signals.sentences import next_sentence, title
from tenure.tasks import work

BY = "tenure"
AT_ONCE = 200
DUE_DAYS = {"now": 0, "soon": 3, "watch": 7}
OUTCOMES = {"subscription_ended": "left_anyway"}  # of a task whose reason has gone; else below
RESOLVED = "Signal Resolved"
KEPT_IN_EVENTS = frozenset(
    {
        "what", "at", "name", "limit", "count", "at_most", "percent", "days", "usual_days", "plan",
        "feature", "step", "widget", "attempt", "expires_on", "active_days", "over_days",
        "others_days", "by",
    }
)  # fmt: skip


def tell_signals(home: Home, now: datetime) -> int:
    """How many signals, and ends of signals, were told."""
    told = 0
    while new := list(Signal.objects.filter(told_at=None).order_by("id")[:AT_ONCE]):
        today = now.astimezone(ZoneInfo(home.company.time_zone)).date()
        for signal in new:
            _open_task(signal, today, now)
        record(home, settings.DATABASE_URL, [_raised_event(each) for each in new], now)
        Signal.objects.filter(pk__in=[each.pk for each in new]).update(told_at=now)
        told += len(new)
    ended = Signal.objects.filter(resolved_at__isnull=False, resolution_told_at=None)
    while over := list(ended.select_related("task").order_by("id")[:AT_ONCE]):
        for signal in over:
            _close_task(signal, now)
        record(home, settings.DATABASE_URL, [_resolved_event(each) for each in over], now)
        Signal.objects.filter(pk__in=[each.pk for each in over]).update(resolution_told_at=now)
        told += len(over)
    return told


@transaction.atomic
def _open_task(signal: Signal, today: date, now: datetime) -> None:
    task = work.open_task(
        key=f"signal:{signal.key}",
        title=title(signal)[: work.TITLE_CHARACTERS_MAX],
        because={"kind": "signal", "key": signal.key},
        account_id=signal.account_id,
        person_id=signal.person_id,
        due_on=today + timedelta(days=DUE_DAYS.get(signal.urgency, 3)),
        checklist=[each for each in [next_sentence(signal)] if each],
        now=now,
        by=BY,
    )
    Signal.objects.filter(pk=signal.pk).update(task=task)


def _close_task(signal: Signal, now: datetime) -> None:
    if signal.task is None or not signal.task.is_open:
        return
    outcome = OUTCOMES.get(signal.resolved_because, "resolved_itself")
    try:
        work.close(signal.task, outcome, now=now, by=BY)
    except Conflict:
        # Somebody closed it in this very moment: what they said holds.
        return


def _raised_event(signal: Signal) -> dict:
    said = {
        "key": signal.key,
        "urgency": signal.urgency,
        "next": signal.next_step,
        "topic": signal.topic,
        "evidence": [_without_ids(each) for each in signal.evidence],
    }
    return _event(signal, signal.kind, digest("signal", signal.key), signal.happened_at, said)


def _without_ids(evidence: dict) -> dict:
    """What may stand in the lake for ever: nobody but the event's own account and person."""
    return {name: value for name, value in evidence.items() if name in KEPT_IN_EVENTS}


def _resolved_event(signal: Signal) -> dict:
    assert signal.resolved_at is not None
    said = {"key": signal.key, "kind": signal.kind, "because": signal.resolved_because}
    id = digest("signal resolved", signal.key, signal.resolved_at.isoformat())
    return _event(signal, RESOLVED, id, signal.resolved_at, said)


def _event(signal: Signal, name: str, id: str, at: datetime, said: dict) -> dict:
    return {
        "message_id": id,
        "type": "signal",
        "name": name,
        "occurred_at": at,
        "account_key": signal.account_id,
        "user_id": signal.person_id or None,
        "properties": msgspec.json.encode(said).decode(),
    }

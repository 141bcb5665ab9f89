"""Signals over the JSON API: list, one, and acting on one: its owner, snooze and outcome."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router, Schema

from tenure.base.errors import Conflict, InvalidInput, NotFound
from tenure.signals import sentences
from tenure.signals.listed import with_status
from tenure.signals.models import Signal
from tenure.signals.rules import URGENCIES
from tenure.tasks import http as tasks

router = Router(tags=["signals"])
ROWS_MAX = 500
OFFSET_MAX = 1_000_000_000  # what a database counts to is not much more
STATUSES = ("open", "closed", "resolved", "all")


class SignalShown(Schema):
    id: int
    key: str
    kind: str
    topic: str
    account_id: str
    person_id: str
    happened_at: datetime
    raised_at: datetime
    last_evidence_at: datetime
    urgency: str
    title: str
    evidence: list[dict[str, Any]]
    evidence_sentences: list[str]
    next: str
    next_step: str
    resolved_at: datetime | None
    resolved_because: str
    is_open: bool
    task_id: int | None
    owner: str | None
    snoozed_until_on: date | None
    outcome: str

    @staticmethod
    def resolve_title(signal: Signal) -> str:
        return sentences.title(signal)

    @staticmethod
    def resolve_evidence_sentences(signal: Signal) -> list[str]:
        zone = settings.TENURE_HOME.company.time_zone
        return sentences.evidence_sentences(signal, time_zone=zone)

    @staticmethod
    def resolve_next(signal: Signal) -> str:
        return sentences.next_sentence(signal)

    @staticmethod
    def resolve_owner(signal: Signal) -> str | None:
        owner = signal.task.owner if signal.task else None
        return owner.get_username() if owner else None

    @staticmethod
    def resolve_snoozed_until_on(signal: Signal) -> date | None:
        return signal.task.snoozed_until_on if signal.task else None

    @staticmethod
    def resolve_outcome(signal: Signal) -> str:
        return signal.task.outcome if signal.task else ""


class Asked(Schema):
    kind: str = ""
    urgency: str = ""
    status: str = "open"
    account_id: str = ""
    person_id: str = ""
    since: datetime | None = None  # raised at or after it
    limit: int = 100
    offset: int = 0


@router.get("/signals", response=list[SignalShown])
def list_signals(request: HttpRequest, asked: Query[Asked]) -> list[Signal]:
    """Signals, the last raised first; `status` is open, closed (by somebody), resolved or all."""
    if asked.status not in STATUSES:
        raise InvalidInput(
            f"status: {asked.status!r} is none; use {', '.join(STATUSES)}", field="status"
        )
    if asked.urgency and asked.urgency not in URGENCIES:
        raise InvalidInput(
            f"urgency: {asked.urgency!r} is none; use {', '.join(URGENCIES)}", field="urgency"
        )
    if not 0 < asked.limit <= ROWS_MAX or not 0 <= asked.offset <= OFFSET_MAX:
        raise InvalidInput(f"limit: use 1 to {ROWS_MAX}, and an offset of 0 or more", field="limit")
    if asked.since is not None and asked.since.tzinfo is None:
        raise InvalidInput("since: give the time a zone, as 2026-03-02T00:00:00Z", field="since")
    found = with_status(asked.status)
    for name in ("kind", "urgency", "account_id", "person_id"):
        value = getattr(asked, name)
        if value:
            found = found.filter(**{name: value})
    if asked.since is not None:
        found = found.filter(raised_at__gte=asked.since)
    rows = found.select_related("task__owner").order_by("-raised_at", "-id")
    return list(rows[asked.offset : asked.offset + asked.limit])


@router.get("/signals/{signal_id}", response=SignalShown)
def show_signal(request: HttpRequest, signal_id: int) -> Signal:
    """One signal."""
    return _signal(signal_id)


@router.post("/signals/{signal_id}/assign", response=SignalShown)
def assign_signal(request: HttpRequest, signal_id: int, new: tasks.NewOwner) -> Signal:
    """Give the signal's task an owner, or none."""
    tasks.assign_task(request, _task_id(signal_id), new)
    return _signal(signal_id)


@router.post("/signals/{signal_id}/snooze", response=SignalShown)
def snooze_signal(request: HttpRequest, signal_id: int, new: tasks.Snooze) -> Signal:
    """Put the signal's task out of sight until a day; without one it is back."""
    tasks.snooze_task(request, _task_id(signal_id), new)
    return _signal(signal_id)


@router.post("/signals/{signal_id}/close", response=SignalShown)
def close_signal(request: HttpRequest, signal_id: int, new: tasks.Close) -> Signal:
    """Close the signal's task with what came of it."""
    tasks.close_task(request, _task_id(signal_id), new)
    return _signal(signal_id)


def _signal(signal_id: int) -> Signal:
    found = Signal.objects.select_related("task__owner").filter(pk=signal_id)
    # SQLite and PostgreSQL hold 64 bits.
    signal = found.first() if signal_id < 2**63 else None
    if signal is None:
        raise NotFound(f"there is no signal {signal_id}")
    return signal


def _task_id(signal_id: int) -> int:
    task_id = _signal(signal_id).task_id
    if task_id is None:
        raise Conflict(f"signal {signal_id} has no task yet; try again in a moment")
    return task_id

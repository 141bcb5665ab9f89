"""One visit, from its events in order. Pure but for the row that it changes.

A visit is abandoned by silence, or by saying that one stays; what comes later takes that back.
Cancelling after accepting makes it a cancellation, whatever came first.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from tenure.offboard.event import (
    ABANDONED,
    ACCEPTED,
    ANSWERED,
    BILLING,
    CHOSEN,
    CONFIRMED,
    EXPORTED,
    OPENED,
    RETURNED,
    SHOWN,
    VisitEvent,
)
from tenure.offboard.models import Outcome, Visit

STEPS_AT_MOST = 300
_OPENED_FIELDS = (
    "flow", "flow_digest", "shape", "experiment", "arm", "share", "language", "country",
    "is_consumer", "channel", "stage", "plan", "billing_interval", "mrr_minor", "currency",
    "key_id",
)  # fmt: skip
_ANSWERS = ("reason", "follow_up", "next_job", "rival", "text")


def new_visit(event: VisitEvent, account_id: str) -> Visit:
    """A visit of which nothing but this event is known yet."""
    whose = event.whose
    return Visit(
        visit_id=whose.visit_id,
        mode=whose.mode,
        account_id=account_id,
        subscription_id=whose.subscription_id,
        person_id=whose.person_id,
        opened_at=event.at,
        last_at=event.at,
    )


def fold(visit: Visit, event: VisitEvent) -> None:
    """Take one event into the visit. The same event twice changes its steps, and nothing else."""
    act = _ACTS.get(event.name)
    if act is None:
        return
    if event.name not in (ABANDONED, BILLING, RETURNED, EXPORTED):
        _move_on(visit, event)
    if len(visit.steps) < STEPS_AT_MOST:
        visit.steps.append({"at": event.at.isoformat(), "kind": event.name, **event.said})
    act(visit, event.said, event)


def _move_on(visit: Visit, event: VisitEvent) -> None:
    """Somebody is there: what had seemed abandoned goes on."""
    visit.opened_at = min(visit.opened_at, event.at)
    visit.last_at = max(visit.last_at, event.at)
    if visit.outcome == Outcome.ABANDONED and visit.ended_at and event.at > visit.ended_at:
        visit.outcome, visit.ended_at, visit.decision = Outcome.OPEN, None, ""


def _opened(visit: Visit, said: dict[str, Any], event: VisitEvent) -> None:
    if visit.flow_digest:  # opened again: what was decided first holds
        return
    for name in _OPENED_FIELDS:
        if said.get(name) is not None:
            setattr(visit, name, said[name])


def _shown(visit: Visit, said: dict[str, Any], event: VisitEvent) -> None:
    new = [name for name in said.get("offers") or [] if name not in visit.offers_shown]
    visit.offers_shown = [*visit.offers_shown, *new]
    visit.has_seen_offers |= bool(new)


def _answered(visit: Visit, said: dict[str, Any], event: VisitEvent) -> None:
    for name in _ANSWERS:
        if said.get(name) is not None:
            setattr(visit, name, said[name])


def _chosen(visit: Visit, said: dict[str, Any], event: VisitEvent) -> None:
    visit.considered = said.get("considered") or []


def _accepted(visit: Visit, said: dict[str, Any], event: VisitEvent) -> None:
    visit.offer = said.get("offer") or ""
    visit.offer_kind = said.get("offer_kind") or ""
    visit.decision = "accepted"
    _billed(visit, said, event)
    if visit.outcome != Outcome.CANCELED:
        visit.outcome, visit.ended_at = Outcome.SAVED, event.at


def _confirmed(visit: Visit, said: dict[str, Any], event: VisitEvent) -> None:
    visit.outcome, visit.ended_at = Outcome.CANCELED, event.at
    if visit.offers_shown and visit.decision != "accepted":
        visit.decision = "declined"
    _billed(visit, said, event)


def _abandoned(visit: Visit, said: dict[str, Any], event: VisitEvent) -> None:
    if visit.outcome == Outcome.OPEN and visit.last_at <= event.at:
        visit.outcome, visit.ended_at = Outcome.ABANDONED, event.at
        if said.get("because") == "stayed":
            visit.decision = "stayed"


def _returned(visit: Visit, said: dict[str, Any], event: VisitEvent) -> None:
    visit.returned_at = visit.returned_at or event.at


def _billed(visit: Visit, said: dict[str, Any], event: VisitEvent) -> None:
    if said.get("billing"):
        visit.billing = said["billing"]
    if said.get("ends_on"):
        visit.ends_on = date.fromisoformat(said["ends_on"])


def _noted(visit: Visit, said: dict[str, Any], event: VisitEvent) -> None:
    """Only a step of its replay."""


_ACTS: dict[str, Callable[[Visit, dict[str, Any], VisitEvent], None]] = {
    OPENED: _opened,
    SHOWN: _shown,
    ANSWERED: _answered,
    CHOSEN: _chosen,
    ACCEPTED: _accepted,
    CONFIRMED: _confirmed,
    ABANDONED: _abandoned,
    RETURNED: _returned,
    BILLING: _billed,
    EXPORTED: _noted,
}

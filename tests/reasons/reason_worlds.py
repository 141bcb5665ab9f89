"""Worlds for reasons: lines of `signals.signal_worlds`, brought as far as the records."""

from lived_once import lived_once
from signals.signal_worlds import at, rows_of, ship_rows
from tenure.app.worker import ship_all
from tenure.customers.follow import follow
from tenure.lake.inbox import open_inbox
from tenure.lake.refresh import refresh
from tenure.reasons.following import follow_reasons
from tenure.reasons.models import ReasonRecord

__all__ = ["arrived", "at", "known", "lived", "records", "seen", "ship_recorded"]


def arrived(home, text: str, now: str) -> None:
    """What happened, shipped in one batch, and followed."""
    events, facts = rows_of(text)
    ship_rows(home, events, facts, at(now))
    follow(home, at(now))


def lived(home, text: str, now: str) -> int:
    """The same, and its reasons in state."""
    arrived(home, text, now)
    return follow_reasons(home, at(now))


def known(home, now: str) -> int:
    """How many reasons are new, of all that was shipped."""
    follow(home, at(now))
    return follow_reasons(home, at(now))


def seen(home, text: str, now: str) -> None:
    """What happened, as far as the relations that are derived from it."""

    def live() -> None:
        arrived(home, text, now)
        refresh(home, at(now))

    lived_once(home, ("seen", text, now), live)


def ship_recorded(home, now: str) -> None:
    """What Tenure itself recorded, from the inbox into the lake."""
    inbox = open_inbox(home)
    try:
        ship_all(home, inbox, at(now))
    finally:
        inbox.close()


def records(**only) -> list[ReasonRecord]:
    return list(ReasonRecord.objects.filter(**only).order_by("said_at", "source", "rank", "id"))

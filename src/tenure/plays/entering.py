"""May somebody come in, and what names the time that they do? Pure, for live and replay alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenure.plays.parts import AFTER_EXIT, EVERY_TIME, NEVER, Entry

ONCE = "once"
BEEN_HERE, IS_IN, TOO_SOON = "been_here", "is_in", "too_soon"


@dataclass(frozen=True, slots=True)
class Earlier:
    """One time that somebody was in the play before; `ended_at` is null while they are."""

    entry_key: str
    entered_at: datetime
    ended_at: datetime | None


def entry_key(entry: Entry, brought_by: str) -> str:
    """What makes an entry one: of a play that is entered once, whatever brought them."""
    return ONCE if entry.again == NEVER else brought_by


def why_not(entry: Entry, earlier: Sequence[Earlier], key: str, at: datetime) -> str:
    """Why somebody cannot come in now, as a code; empty: they can.

    `again_after_days` counts from the end of the last time, or from its begin where they may be in
    it several times at once.
    """
    if any(each.entry_key == key for each in earlier):
        return BEEN_HERE
    if not earlier or entry.again == NEVER:
        return BEEN_HERE if earlier else ""
    if entry.again == AFTER_EXIT and any(each.ended_at is None for each in earlier):
        return IS_IN
    begun_at = [each.entered_at for each in earlier]
    ended_at = [each.ended_at for each in earlier if each.ended_at is not None]
    last = max(begun_at if entry.again == EVERY_TIME else ended_at)
    return TOO_SOON if at < last + timedelta(days=entry.again_after_days) else ""

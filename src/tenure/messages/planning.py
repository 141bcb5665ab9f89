"""Who may be reached when: what waits goes out, goes on waiting, or says why it never will.

    intend_all([(message with the status HELD, about), ...])   in the transaction of who wants it
    release_due(home, now, origin)                             beside sending, every few seconds

    held ─▶ ready       may go: wanted, in their hours, within their allowance
      │  ├▶ control     would have gone; the arm of their account says no
      │  └▶ suppressed  too late, switched off, no address, or its origin does not want it any more
      └──── held        quiet hours, fatigue, a play that is off, a step that was stopped

Both arms wait alike, so that who is left alone is who would have been written to. Reading comes
before the lock: a turn of the planner holds only if nobody else took one meanwhile.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from tenure.base.home import Home
from tenure.messages.ledger import withheld
from tenure.messages.models import Message, MessageDecision, PlannerTurn, Status
from tenure.messages.origin import FRESH, Origin, write_anew
from tenure.messages.reach_settings import reach_settings
from tenure.messages.verdicts import Verdict, verdicts_of
from tenure.messages.volume import stop_step

AT_ONCE = 200  # rows in one transaction
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_ATTEMPTS = 5  # turns that somebody else was quicker with

Stops = Callable[[], bool]


@dataclass(slots=True)
class Released:
    """What one round came to: messages by the status that they have now."""

    counts: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def release_due(
    home: Home,
    now: datetime,
    origin: Origin,
    *,
    limit: int = 5_000,
    stops: Stops = lambda: False,
) -> Released:
    """Plan what is held and due by now; how many were planned, by status.

    May be called by any number of threads and processes at once. Raises BadDefinition for a mistake
    in `[reach]`: then everything waits.
    """
    released, lost = Released(), 0
    reach = reach_settings(home)
    while released.total < limit and lost < _ATTEMPTS and not stops():
        turn, _ = PlannerTurn.objects.get_or_create(pk=1)
        origin.look_anew()
        due = _due(now)
        if not due:
            break
        if stale := [each for each in due if _is_stale(each, now)]:
            write_anew(stale, origin, now)
            continue
        verdicts = verdicts_of(home, due, reach, origin, now)
        written = _write(turn, verdicts, now)
        if written is None:
            lost += 1
            continue
        released.counts.update(written)
    return released


def wake(now: datetime, **of: Any) -> int:
    """How many held messages are looked at in the next round, whatever they wait for: those of a
    play, a step, a person."""
    return Message.objects.filter(**of, status=Status.HELD, next_at__gt=now).update(next_at=now)


def ask_anew(**of: Any) -> int:
    """How many held messages are asked of their origin once more before they go, because something
    is new of whom they are for, or of what they say."""
    return Message.objects.filter(**of, status=Status.HELD).update(written_at=_LONG_AGO)


def hold_back(now: datetime, **of: Any) -> int:
    """How many messages that were let go and that no sender has begun with are held again.

    Whoever plans at this moment begins anew, and asks again whether their play is on.
    """
    _take_turn()
    waiting = Message.objects.filter(**of, status__in=(Status.READY, Status.CLAIMED))
    changes = {"status": Status.HELD, "next_at": now, "released_at": None, "claimed_until": None}
    return waiting.exclude(enrolment="").update(**changes)


def _take_turn() -> None:
    """Before all else: who is writing what they planned is waited for, on PostgreSQL too."""
    PlannerTurn.objects.get_or_create(pk=1)
    PlannerTurn.objects.filter(pk=1).update(number=F("number") + 1)


def _due(now: datetime) -> list[Message]:
    held = Message.objects.filter(status=Status.HELD, next_at__lte=now)
    return list(held.order_by("next_at", "id")[:AT_ONCE])


def _is_stale(message: Message, now: datetime) -> bool:
    written_at = message.written_at or message.intended_at
    is_lost = message.valid_until is not None and message.valid_until <= now
    return written_at < now - FRESH and not is_lost


def _write(turn: PlannerTurn, verdicts: Sequence[Verdict], now: datetime) -> Counter[str] | None:
    """What was written, by status; None where somebody planned meanwhile, and nothing was."""
    counts: Counter[str] = Counter()
    alike: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for each in verdicts:
        alike[each.alike].append(each.message.pk)
    first = {each.alike: each for each in verdicts}
    with transaction.atomic():
        mine = PlannerTurn.objects.filter(pk=turn.pk, number=turn.number)
        if not mine.update(number=F("number") + 1):
            return None
        for stop in {each.stop for each in verdicts if each.stop is not None}:
            stop_step(stop, now)
        for key, ids in alike.items():
            changes = _changes(first[key], now)
            held = Message.objects.filter(pk__in=ids, status=Status.HELD)
            counts[first[key].status] += held.update(**changes)
        MessageDecision.objects.bulk_create(
            MessageDecision(message=each.message, at=now, status=each.status, because=each.because)
            for each in verdicts
            if each.is_news
        )
    return counts


def _changes(verdict: Verdict, now: datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "status": verdict.status,
        "because": verdict.because,
        "points": verdict.points,
    }
    if verdict.status == Status.HELD:
        return {**changes, "next_at": verdict.next_at, "valid_until": verdict.valid_until}
    if verdict.status == Status.SUPPRESSED:
        return {**changes, **withheld(verdict.why, now)}
    changes |= {"released_at": now, "next_at": now}
    return changes if verdict.status == Status.READY else {**changes, "ended_at": now}

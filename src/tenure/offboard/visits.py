"""Visits as they are now, from the events of leaving: each event once, through any crash.

    follower = VisitFollower(home)
    ship(..., on_batch=follower.take)      # hands over the rows of each batch, as they were shipped
    follower.follow(now)

1. Events of batches after the cursor: from memory, else from the lake. Visits, the compliance log
   and the cursor change in one transaction of state.
2. What was decided without its event having come is recorded again (`outcomes.py`).
3. Who was silent for 30 minutes has abandoned the visit, which is an event in its turn.
4. What others have to know of visits is told to them (`visits_told.py`).

One process follows at a time: the worker that ships.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import transaction

from tenure.base.home import Home
from tenure.customers.merging import canonical_id
from tenure.customers.upsert import upsert
from tenure.kit.sql_file import load
from tenure.lake.lease import lake_writer
from tenure.lake.reading import reading
from tenure.lake.recording import record
from tenure.lake.shipping import last_batch
from tenure.offboard.event import (
    ABANDONED,
    CHOSEN,
    NAMES,
    TYPE,
    VisitEvent,
    Whose,
    event_row,
    events_of,
)
from tenure.offboard.log import append_to_log
from tenure.offboard.models import OffboardCursor, Outcome, Visit, VisitOutcome
from tenure.offboard.outcomes import EVENT_OF, look_after_outcomes, whose_of
from tenure.offboard.visits_fold import fold, new_visit
from tenure.offboard.visits_told import tell_of_visits
from tenure.offers.shown_log import keep_choice

BATCH = "visits"
SILENCE = timedelta(minutes=30)
ROWS_IN_MEMORY = 50_000
EVENTS_AT_ONCE = 20
PAUSE_S = 0.003
NOTE_EVERY_BATCHES = 200  # without anything to fold: a restart reads them again
LEASE_WAIT_S = 20.0
_KEPT = (
    "message_id", "source", "type", "name", "occurred_at", "user_id", "anonymous_id",
    "account_key", "properties",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Followed:
    """What one call did."""

    events: int = 0
    abandoned: int = 0
    told: int = 0


@dataclass(frozen=True, slots=True)
class _Shipped:
    after: int
    number: int
    events: pa.Table | None


class VisitFollower:
    """Kept between calls for what need not be read again; nothing is lost with it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._shipped: list[_Shipped] = []
        self._cursor: int | None = None  # what is folded; state may note less

    def take(
        self, after: int, number: int, events: pa.Table | None, facts: pa.Table | None
    ) -> None:
        """Keep what a batch says of visits until the next `follow`. For `ship(on_batch=...)`."""
        self._shipped.append(_Shipped(after, number, _of_visits(events)))
        if sum(len(each.events) for each in self._shipped if each.events) > ROWS_IN_MEMORY:
            self._shipped.clear()

    def follow(self, now: datetime) -> Followed:
        """What was done. Raises LeaseHeld when another process follows for longer than 20 s."""
        with lake_writer(
            self.home,
            "visits",
            part="signals",
            database_url=settings.DATABASE_URL,
            wait_seconds=LEASE_WAIT_S,
        ):
            return self._follow(now)

    def _follow(self, now: datetime) -> Followed:
        cursor = _noted()
        if self._cursor is None or self._cursor < cursor:
            self._cursor = cursor
        events = 0
        for shipped in self._news(self._cursor):
            found = events_of(shipped.events)
            if found or shipped.number - cursor >= NOTE_EVERY_BATCHES:
                fold_batch(found, shipped.number)
                cursor = shipped.number
            events += len(found)
            self._cursor = shipped.number
        look_after_outcomes(self.home, now)
        abandoned = note_abandoned(self.home, now)
        return Followed(events, abandoned, tell_of_visits(now))

    def _news(self, cursor: int) -> list[_Shipped]:
        """The batches after the cursor, without a gap."""
        last = last_batch(self.home)
        newest = last.number if last else 0
        held, self._shipped = [each for each in self._shipped if each.number > cursor], []
        if newest <= cursor:
            return []
        reached = cursor
        for each in held:
            if each.after > reached:
                break
            reached = each.number
        if held and reached >= newest:
            return held
        with reading(self.home, fresh=True, threads=1) as reader:
            rows = reader.arrow(
                load("tenure.offboard", "visit_event"), after_batch=cursor, last_batch=newest
            )
        numbers = sorted({*pc.unique(rows["batch"]).to_pylist(), newest})
        return [
            _Shipped(cursor, number, rows.filter(pc.equal(rows["batch"], number)))
            for number in numbers
        ]


def follow_visits(home: Home, now: datetime) -> Followed:
    """What was done with all that has been shipped. For who follows once."""
    return VisitFollower(home).follow(now)


def fold_batch(events: Sequence[VisitEvent], batch: int) -> None:
    """Take in the events of a batch, a few at a time: nobody waits long for the state meanwhile.

    Killed in between, it goes on after those that were folded.
    """
    cursor, _ = OffboardCursor.objects.get_or_create(name=BATCH)
    done = cursor.done if cursor.batch < batch else len(events)
    while done < len(events):
        some = events[done : done + EVENTS_AT_ONCE]
        done += len(some)
        with transaction.atomic():
            _fold(some)
            OffboardCursor.objects.filter(name=BATCH).update(done=done)
        time.sleep(PAUSE_S)
    OffboardCursor.objects.filter(name=BATCH, batch__lt=batch).update(batch=batch, done=0)


def _fold(events: Sequence[VisitEvent]) -> None:
    """What these events change: visits, the log of choices, the compliance log."""
    events = _placed(events)
    ids = list(dict.fromkeys(each.whose.visit_id for each in events if each.name in NAMES))
    visits = Visit.objects.select_for_update().in_bulk(ids)
    accounts: dict[str, str] = {}
    for event in events:
        whose = event.whose
        if event.name not in NAMES:
            continue
        visit = visits.get(whose.visit_id)
        if visit is None:
            account = accounts.get(whose.account_id)
            if account is None:
                account = accounts[whose.account_id] = canonical_id("account", whose.account_id)
            visit = visits[whose.visit_id] = new_visit(event, account)
        fold(visit, event)
        visit.is_told = False
    _tell_outcomes(events, visits)
    upsert(Visit, [visits[id] for id in ids], ("visit_id",), _CHANGING)()
    _make_canceled([visits[id] for id in ids])
    _keep_choices(events, visits)
    append_to_log(events)


def note_abandoned(home: Home, now: datetime) -> int:
    """How many visits were silent for too long. The event is recorded before state says so."""
    silent = list(
        Visit.objects.filter(outcome=Outcome.OPEN, last_at__lte=now - SILENCE).order_by("last_at")[
            :500
        ]
    )
    if not silent:
        return 0
    rows = [
        event_row(
            Whose(each.visit_id, each.account_id, each.subscription_id, each.person_id, each.mode),
            ABANDONED,
            now,
            {"because": "silence", "last_at": each.last_at.isoformat(), "reason": each.reason},
            each.last_at.isoformat(),
        )
        for each in silent
    ]
    record(home, settings.DATABASE_URL, rows, now)
    for each in silent:
        # Unless something came in between.
        Visit.objects.filter(pk=each.pk, outcome=Outcome.OPEN, last_at=each.last_at).update(
            outcome=Outcome.ABANDONED, ended_at=now, is_told=False
        )
    return len(silent)


def _placed(events: Sequence[VisitEvent]) -> list[VisitEvent]:
    """Those that belong to a visit. What billing says, belongs to that of its change."""
    keys = [str(event.said.get("key", "")) for event in events if not event.whose.visit_id]
    decided = VisitOutcome.objects.filter(change_key__in=keys) if keys else ()
    whose = {each.change_key: whose_of(each) for each in decided}
    placed = []
    for event in events:
        if not event.whose.visit_id:
            found = whose.get(str(event.said.get("key", "")))
            if found is None:
                continue
            said = {"billing": event.said.get("standing", ""), **event.said}
            event = replace(event, whose=found, said=said)
        placed.append(event)
    return placed


def _keep_choices(events: Sequence[VisitEvent], visits: Mapping[str, Visit]) -> None:
    """What was shown with which chance, for who learns from it."""
    for event in events:
        if event.name == CHOSEN:
            visit = visits[event.whose.visit_id]
            keep_choice(
                visit_id=visit.visit_id,
                account_id=visit.account_id,
                mode=visit.mode,
                at=event.at,
                choice=event.said,
            )


def _tell_outcomes(events: Sequence[VisitEvent], visits: Mapping[str, Visit]) -> None:
    """Outcomes whose event has come need no other; what billing said meanwhile holds for them."""
    told = [each.whose.visit_id for each in events if each.name in OUTCOME_OF]
    for outcome in VisitOutcome.objects.filter(visit_id__in=told):
        visit = visits[outcome.visit_id]
        visit.billing, visit.ends_on = outcome.billing, outcome.ends_on
    for event in events:
        if event.name in OUTCOME_OF:
            VisitOutcome.objects.filter(
                visit_id=event.whose.visit_id, outcome=OUTCOME_OF[event.name], told_at=None
            ).update(told_at=event.at)


OUTCOME_OF = {event: outcome for outcome, event in EVENT_OF.items()}
_CHANGING = [
    field.name
    for field in Visit._meta.concrete_fields
    if field.name not in ("visit_id", "mode", "account_id", "subscription_id", "opened_at")
]
PROVISIONAL = timedelta(days=180)


def _make_canceled(visits: Sequence[Visit]) -> None:
    """Who cancels after having accepted something has cancelled, in an earlier visit too."""
    for visit in visits:
        if visit.outcome == Outcome.CANCELED and not visit.is_test and visit.ended_at:
            Visit.objects.filter(
                mode=visit.mode,
                account_id=visit.account_id,
                subscription_id=visit.subscription_id,
                outcome=Outcome.SAVED,
                ended_at__lte=visit.ended_at,
                ended_at__gt=visit.ended_at - PROVISIONAL,
            ).update(outcome=Outcome.CANCELED, ended_at=visit.ended_at)


def _of_visits(events: pa.Table | None) -> pa.Table | None:
    if events is None or not len(events):
        return None
    own = events.filter(pc.equal(events["type"], TYPE))
    return own.select(_KEPT) if len(own) else None


def _noted() -> int:
    return OffboardCursor.objects.filter(name=BATCH).values_list("batch", flat=True).first() or 0

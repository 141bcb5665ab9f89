"""The last year of leaving, lived again by the real code on the simulated clock.

    at once         who came to the way out: turns, outcome, billing, receipt
    every two days  follow-up tasks, reminders by mail; what Fernhill's people have done is closed
    every ten days  commitments are watched, and tasks opened for them
    every 90 days   saves are proved from billing facts, as they were known then

Whatever is in the home already is left as it is, so that telling more adds what is new alone; what
was promised before is kept on its day.
"""

import heapq
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.db.models import QuerySet

from tenure.base.home import Home
from tenure.billing.recording import record_standings
from tenure.demo.billing_system import changed_since
from tenure.demo.card_then import ZONE_OF_COMPANY
from tenure.demo.offering import Offering, fernhill_offering
from tenure.demo.visits_lived import Facts, LivedBilling, live_return, live_visit, send_mail
from tenure.demo.way_out import LivedVisit
from tenure.lake.reading import company_day
from tenure.messages.models import Message, Purpose
from tenure.offboard.models import Visit, VisitOutcome
from tenure.offboard.outcomes import RETURN
from tenure.saves.follow_up import follow_up
from tenure.saves.models import Commitment, Save, Side, Standing
from tenure.saves.proving import prove
from tenure.saves.reminders import intend_agreed
from tenure.saves.telling import tell_of_saves
from tenure.saves.watching import say_kept, task_key, watch_commitments
from tenure.tasks.models import Outcome, Status, Task
from tenure.tasks.work import close

BY = "Fernhill"
EVERY = timedelta(days=2)
WATCHED_EVERY, PROVED_EVERY = 5, 45  # rounds
MORNING = time(7)
WORKED_WITHIN = timedelta(days=6)  # what is on the list is done by Fernhill's people


@dataclass(frozen=True, slots=True)
class _Moment:
    """A visit, or the return of who left in it."""

    at: datetime
    visit: LivedVisit
    is_return: bool = False


@dataclass
class _Year:
    home: Home
    offering: Offering
    billing: LivedBilling
    now: datetime
    rounds: int = 0
    has_saves: bool = False  # before the first there is nothing to look after
    done: list[tuple[datetime, int]] = field(default_factory=list)  # a heap of (when, commitment)

    def live(self, moments: Sequence[_Moment]) -> None:
        morning = _morning_of(moments[0].at)
        for moment in moments:
            while morning <= moment.at:
                self._round(morning)
                morning += EVERY
            if moment.is_return:
                live_return(self.home, moment.visit, self.billing)
            else:
                self._visit(moment.visit)
        while morning < self.now:
            self._round(morning)
            morning += EVERY

    def _visit(self, visit: LivedVisit) -> None:
        live_visit(self.home, visit, self.offering, self.billing)
        self.has_saves = self.has_saves or visit.passing.accepted is not None
        for promised in _promised(visit):
            heapq.heappush(self.done, promised)

    def keep_word(self, now: datetime) -> None:
        """What we promised and did by now is done."""
        while self.done and self.done[0][0] <= now:
            self._do(*heapq.heappop(self.done))

    def _round(self, morning: datetime) -> None:
        self.rounds += 1
        if not self.has_saves:
            return
        self.keep_word(morning)
        follow_up(self.home, morning)
        if intend_agreed(self.home, morning):
            ready = Message.objects.filter(
                purpose=Purpose.AGREED, status="ready", intended_at=morning
            )
            send_mail(list(ready), morning)
        if self.rounds % WATCHED_EVERY == 0:
            watch_commitments(self.home, morning)
            self._work(morning)
        if self.rounds % PROVED_EVERY == 0:
            prove(self.home, morning)
            tell_of_saves(self.home, morning)

    def _do(self, done_at: datetime, commitment_id: int) -> None:
        """What we promised is done; by its task, where that is on the list."""
        commitment = Commitment.objects.get(pk=commitment_id)
        task = _open(key=task_key(commitment)).filter(created_at__lte=done_at).first()
        if task is not None:
            close(task, Outcome.HELPED, "", now=done_at, by=BY)
        else:
            say_kept(commitment, now=done_at, by=BY, today=company_day(self.home, done_at))

    def _work(self, morning: datetime) -> None:
        """What is on the list for more than some days is done, one way or the other."""
        theirs = _open(key__contains=":broken") | _open(key__startswith="save:")
        for task in theirs.filter(created_at__lte=morning - WORKED_WITHIN):
            luck = random.Random(task.key).random()
            outcome = Outcome.REACHED if luck < 0.7 else Outcome.NO_ANSWER
            close(task, outcome, "", now=morning, by=BY)


def live_year(
    home: Home, visits: Sequence[LivedVisit], facts: Mapping[str, Facts], now: datetime
) -> int:
    """How many visits and returns were new in this home. The lake has to be refreshed before."""
    new = sorted(_new(home, visits, now), key=lambda each: each.at)
    # Of visits that were lived when less was told, too: their days have come since.
    done = sorted(promised for visit in visits for promised in _promised(visit))
    has_saves = Save.objects.filter(kind="save").exists()
    year = _Year(
        home, fernhill_offering(), LivedBilling(facts, now), now, has_saves=has_saves, done=done
    )
    if new:
        year.live(new)
        while record_standings(home, now):
            pass
    year.keep_word(now)
    return len(new)


def _new(home: Home, visits: Sequence[LivedVisit], now: datetime) -> Iterator[_Moment]:
    """What this home does not know; nothing of a subscription that was changed in it since."""
    known = set(VisitOutcome.objects.values_list("visit_id", "outcome"))
    seen = set(Visit.objects.values_list("visit_id", flat=True)) | {name for name, _ in known}
    changed = changed_since(home)
    for visit in visits:
        until, visit_id = changed.get(visit.ask.subscription, now), visit.passing.visit_id
        if visit_id not in seen and visit.at < min(until, now):
            yield _Moment(visit.at, visit)
        back = visit.returned_at
        if back is not None and back < min(until, now) and (visit_id, RETURN) not in known:
            yield _Moment(back, visit, is_return=True)


def _promised(visit: LivedVisit) -> Iterator[tuple[datetime, int]]:
    """When what we promised in a visit is done, and which commitment of this home that is."""
    accepted = visit.passing.accepted
    if accepted is None or not any(visit.done_at.values()):
        return
    save = Save.objects.filter(visit_id=visit.passing.visit_id, kind="save").first()
    if save is None:
        return
    ours = save.commitments.filter(side=Side.US).order_by("pk")
    numbers = [int(str(e["number"])) for e in accepted.commitments if e["side"] == "us"]
    for commitment, number in zip(ours, numbers, strict=True):
        done_at = visit.done_at.get(number)
        if done_at and commitment.standing in (Standing.OPEN, Standing.BROKEN):
            yield done_at, commitment.pk


def _open(**which: str) -> QuerySet[Task]:
    return Task.objects.filter(status=Status.OPEN, **which)


def _morning_of(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(ZONE_OF_COMPANY).date(), MORNING, ZONE_OF_COMPANY)

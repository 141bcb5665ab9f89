"""What is done in the background, in which order.

    this process   ship ─▶ follow visits ─▶ watch for signals ─▶ (again, every half second:
                   a batch costs as much for ten events as for ten thousand)
                   beside it, in threads: write digests and reminders, send what is due;
                   make the changes of billing that were promised, and read them back;
                   read the calendars of who can be talked to, and the mailbox of who answers
    another one    follow ─▶ refresh ─▶ cards ─▶ segments, while there is news (`catching_up.py`)

Every step keeps its own cursor, so whatever is killed anywhere is simply done again. The two
processes hold different parts of the lake-writer lease: an event never waits for a chart.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date, datetime

import pyarrow as pa
from django.conf import settings
from django.db import connection

from tenure.app.catching_up import catch_up
from tenure.app.children import end_with_parent, stop_child
from tenure.app.decoders import DECODERS
from tenure.base.clock import Clock, system_clock
from tenure.base.errors import LeaseHeld, TenureError
from tenure.base.home import Home
from tenure.billing.changes import carry_out_due
from tenure.collect.rejects import keep_rejected
from tenure.lake.inbox import Inbox, open_inbox
from tenure.lake.reading import company_day
from tenure.lake.shipping import ship
from tenure.messages.mailbox.reading import read_mailbox
from tenure.messages.round import turn as send_what_is_due
from tenure.offboard.calendars import follow_own_calendars
from tenure.offboard.visits import VisitFollower, follow_visits
from tenure.signals.watch import Watcher, watch

log = logging.getLogger("tenure.work")

LEASE_WAIT_S = 60.0  # a command waits for the worker's turn rather than failing
TURN_S = 0.5  # at least, from one look into the inbox to the next
WATCH_EVERY_S = 2.0  # for what is due by time alone; what arrives is looked at as it is shipped
SHIP_AT_MOST_S = 2.0  # at a time, so that what was shipped is soon looked at
BACKLOG_ROWS = 20_000  # in a batch, with more of them waiting
GIVES_WAY = 10  # by so much: whoever waits for an answer goes before
SEND_EVERY_S = 5.0
CATCH_UP_EVERY_S = 10.0  # at most
AFTER_A_FAILURE_S = 15.0


def ship_all(home: Home, inbox: Inbox, now: datetime) -> int:
    """Ship until the inbox is empty; how many rows (events and facts) reached the lake."""
    rows = 0
    while True:
        shipped = ship(home, inbox, DECODERS, keep_rejected, now, wait_seconds=LEASE_WAIT_S)
        rows += shipped.events + shipped.billing_facts
        if shipped.is_caught_up:
            return rows


def run_once(home: Home, now: datetime, *, meanwhile: Callable[[], None] | None = None) -> int:
    """A whole turn, and what follows from the signals that it raised. Returns the rows shipped.

    `meanwhile` is done once all is in the lake, before anything follows from it; what it records
    is shipped too.
    """
    inbox = open_inbox(home, settings.DATABASE_URL)
    try:
        rows = ship_all(home, inbox, now)
        if meanwhile is not None:
            meanwhile()
            rows += ship_all(home, inbox, now)
        catch_up(home, now)
        follow_visits(home, now)
        watch(home, now)
        # What was raised or entered is an event too.
        if ship_all(home, inbox, now):
            catch_up(home, now)
            follow_visits(home, now)
    finally:
        inbox.close()
    return rows


class Worker:
    """Turns the wheel until told to stop. Nothing is in memory that a kill would lose."""

    def __init__(self, home: Home, inbox: Inbox, clock: Clock = system_clock) -> None:
        self.home, self.inbox, self.clock = home, inbox, clock
        self.stopping = threading.Event()
        self._watcher = Watcher(home)
        self._visits = VisitFollower(home)
        self._watch_at = 0.0
        self._is_behind = False

    def run(self, catching_up: "CatchingUp | None" = None) -> None:
        """Until it is stopped. `catching_up` is told of each turn whether there is news."""
        catching_up = catching_up or CatchingUp(self.home, self.clock)
        beside = [
            threading.Thread(target=self._beside, args=("send", self._take_turn), name="send"),
            threading.Thread(target=self._beside, args=("billing", self._bill), name="billing"),
            threading.Thread(
                target=self._beside, args=("calendars", self._read_calendars), name="calendars"
            ),
            threading.Thread(
                target=self._beside, args=("mailbox", self._read_mailbox), name="mailbox"
            ),
        ]
        for thread in beside:
            thread.start()
        try:
            while not self.stopping.is_set():
                began = time.monotonic()
                shipped = self._attempt("ship", self._ship)
                if shipped or time.monotonic() >= self._watch_at:
                    self._watch_at = time.monotonic() + WATCH_EVERY_S
                    self._attempt("follow visits", self._follow_visits)
                    if self._attempt("watch", self._watch):
                        self._watch_at = 0.0
                catching_up.look(has_news=shipped > 0)
                if not self._is_behind:
                    self.stopping.wait(max(0.0, began + TURN_S - time.monotonic()))
        finally:
            self.stopping.set()
            catching_up.stop()
            for thread in beside:
                thread.join()

    def stop(self, *_: object) -> None:
        self.stopping.set()

    def _ship(self) -> int:
        """How many arrivals were brought in: one batch of what there is, and of a backlog more."""
        was_behind, self._is_behind = self._is_behind, False
        shipped = ship(
            self.home,
            self.inbox,
            DECODERS,
            keep_rejected,
            self.clock(),
            max_seconds=SHIP_AT_MOST_S if was_behind else 0.0,
            on_batch=self._take,
        )
        rows = shipped.events + shipped.billing_facts + shipped.duplicates
        self._is_behind = rows >= BACKLOG_ROWS and not shipped.is_caught_up
        return shipped.arrivals

    def _take(
        self, after: int, number: int, events: pa.Table | None, facts: pa.Table | None
    ) -> None:
        self._watcher.take(after, number, events, facts)
        self._visits.take(after, number, events, facts)

    def _follow_visits(self) -> int:
        return self._visits.follow(self.clock()).events

    def _watch(self) -> int:
        return 0 if self._watcher.watch(self.clock()).is_caught_up else 1

    def _beside(self, step: str, act: Callable[[], int]) -> None:
        """In a thread of its own, because a mail server or a billing system may take its time."""
        try:
            while not self.stopping.is_set():
                self._attempt(step, act)
                self.stopping.wait(SEND_EVERY_S)
        finally:
            connection.close()

    def _take_turn(self) -> int:
        send_what_is_due(self.home, self.clock(), stops=self.stopping.is_set, clock=self.clock)
        return 0

    def _bill(self) -> int:
        return carry_out_due(self.home, self.clock(), self.stopping.is_set)

    def _read_calendars(self) -> int:
        return follow_own_calendars(self.home, self.clock())

    def _read_mailbox(self) -> int:
        return read_mailbox(self.home, self.clock())

    def _attempt(self, step: str, act: Callable[[], int]) -> int:
        """Run one step; a failure is said and tried again later, because the loop must go on."""
        try:
            return act()
        except LeaseHeld as error:
            log.info("%s waits: %s", step, error.message)
        except TenureError as error:
            log.error("%s failed (%s): %s", step, error.code, error.message)
        except Exception:
            log.exception("%s failed; trying again", step)
        return 0


class CatchingUp:
    """The other process: started when there is news or a new day, and gone when there is none.

    So a quiet Tenure holds the memory of one worker, and what a refresh took is given back.
    """

    def __init__(self, home: Home, clock: Clock) -> None:
        self.home, self.clock = home, clock
        self._has_news = True  # whatever was shipped before a crash has to be followed as well
        self._day: date | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._next_at = 0.0

    def look(self, *, has_news: bool) -> None:
        """Start the process if it is wanted and none runs."""
        today = company_day(self.home, self.clock())
        self._has_news |= has_news or today != self._day
        if self._child is not None and self._ended(self._child):
            self._child = None
        if self._has_news and self._child is None and time.monotonic() >= self._next_at:
            self._has_news, self._day = False, today
            self._next_at = time.monotonic() + CATCH_UP_EVERY_S
            self._child = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tenure.app",
                    "--home",
                    str(self.home.root),
                    "work",
                    "--catch-up",
                ],
                preexec_fn=end_with_parent,
            )

    def stop(self) -> None:
        if self._child is not None:
            stop_child(self._child)

    def _ended(self, child: subprocess.Popen[bytes]) -> bool:
        code = child.poll()
        if code:
            log.error("catching up ended with %s; trying again", code)
            self._has_news = True
            self._next_at = time.monotonic() + AFTER_A_FAILURE_S
        return code is not None


def run_worker(home: Home) -> None:
    """Work until SIGTERM or SIGINT; a step under way is finished first."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    os.nice(GIVES_WAY)
    worker = Worker(home, open_inbox(home, settings.DATABASE_URL))
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.run()

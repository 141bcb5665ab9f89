"""One turn of the wheel, and the loop that turns it: ship, follow, refresh, write cards.

1. Ship what has arrived from the inbox to the lake (exactly once).
2. Follow the new events with accounts, people and identity links.
3. Refresh the derived relations that have news, and publish one manifest.
4. Write the account cards that changed.

Every step keeps its own cursor, so a turn that is killed anywhere is simply taken again.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from tenure.app.decoders import DECODERS
from tenure.base.clock import Clock, system_clock
from tenure.base.errors import LeaseHeld, TenureError
from tenure.base.home import Home
from tenure.card.refresh import refresh_cards
from tenure.collect.rejects import keep_rejected
from tenure.customers.follow import follow
from tenure.lake.inbox import Inbox, open_inbox
from tenure.lake.refresh import refresh
from tenure.lake.shipping import ship
from tenure.lake.upkeep import maintain

log = logging.getLogger("tenure.work")

LEASE_WAIT_S = 60.0  # a command waits for the worker's turn rather than failing
REST_S = 0.5  # between two looks into an empty inbox
REFRESH_EVERY_S = 10.0  # at most; less often where a refresh itself takes longer
REFRESH_SHARE = 0.25  # of the worker's time that refreshing may take
MAINTAIN_EVERY_S = 600.0


def ship_all(home: Home, inbox: Inbox, now: datetime) -> int:
    """Ship until the inbox is empty; how many rows (events and facts) reached the lake."""
    rows = 0
    while True:
        shipped = ship(home, inbox, DECODERS, keep_rejected, now, wait_seconds=LEASE_WAIT_S)
        rows += shipped.events + shipped.billing_facts
        if shipped.is_caught_up:
            return rows


def catch_up(home: Home, now: datetime) -> None:
    """Steps 2 to 4: what follows from the lake as it is now."""
    follow(home, now)
    refresh(home, now)
    refresh_cards(home, now)


def run_once(home: Home, now: datetime) -> int:
    """A whole turn. Returns the rows shipped."""
    inbox = open_inbox(home, settings.DATABASE_URL)
    try:
        rows = ship_all(home, inbox, now)
    finally:
        inbox.close()
    catch_up(home, now)
    return rows


class Worker:
    """Turns the wheel until told to stop. Nothing is in memory that a kill would lose."""

    def __init__(self, home: Home, inbox: Inbox, clock: Clock = system_clock) -> None:
        self.home, self.inbox, self.clock = home, inbox, clock
        self.stopping = threading.Event()
        self._has_news = True  # whatever was shipped before a crash has to be followed as well
        self._refresh_at = self._maintain_at = 0.0

    def run(self) -> None:
        while not self.stopping.is_set():
            shipped = self._attempt("ship", self._ship)
            if self._has_news and time.monotonic() >= self._refresh_at:
                self._attempt("refresh", self._refresh)
            if time.monotonic() >= self._maintain_at:
                self._attempt("maintain", self._maintain)
            if not shipped:
                self.stopping.wait(REST_S)

    def stop(self, *_: object) -> None:
        self.stopping.set()

    def _ship(self) -> int:
        shipped = ship(self.home, self.inbox, DECODERS, keep_rejected, self.clock())
        self._has_news |= shipped.arrivals > 0
        return shipped.arrivals

    def _refresh(self) -> int:
        started = time.monotonic()
        catch_up(self.home, self.clock())
        took_s = time.monotonic() - started
        self._has_news = False
        self._refresh_at = time.monotonic() + max(REFRESH_EVERY_S, took_s / REFRESH_SHARE)
        return 0

    def _maintain(self) -> int:
        self._maintain_at = time.monotonic() + MAINTAIN_EVERY_S
        maintain(self.home, self.clock())
        return 0

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
        self._refresh_at = max(self._refresh_at, time.monotonic() + REST_S)
        return 0


def run_worker(home: Home) -> None:
    """Work until SIGTERM or SIGINT; a step under way is finished first."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    worker = Worker(home, open_inbox(home, settings.DATABASE_URL))
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.run()

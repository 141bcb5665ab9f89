"""What happened just now that somebody should act on? Called after each shipped batch, and often.

    watcher = Watcher(home)
    ship(..., on_batch=watcher.take)       # hands over the rows of each batch, as they were shipped
    watcher.watch(now)

1. Rows of batches after the cursor: from memory, else from the lake. What matters is told to its
   account at once, use when there is time (`intake.py`).
2. Events that matter of people nobody knows yet wait up to a day, and are tried again.
3. Accounts with a kind whose time has come are asked, though nothing happened.
4. Accounts that history told something of are made anew (`rebuild.py`), some at a time.
5. What was raised is told to everybody else (`telling.py`).

One process watches at a time. Whatever a kill leaves half done is done again, and changes nothing.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
from django.conf import settings

from tenure.base.home import Home
from tenure.customers.follow import windows
from tenure.customers.junk_ids import load_junk_ids
from tenure.kit.sql_file import load
from tenure.lake.lease import lake_writer
from tenure.lake.reading import reading
from tenure.lake.shipping import last_batch
from tenure.signals.cursors import FORGOTTEN, changed_links, number_of, set_number
from tenure.signals.days import micros
from tenure.signals.fresh_rows import FreshRows, fresh_events, fresh_facts, numbered
from tenure.signals.heard import count_again_from
from tenure.signals.intake import Intake
from tenure.signals.keep import Teller, Told, tell_accounts, teller_at
from tenure.signals.measured import Measured
from tenure.signals.places import Places
from tenure.signals.rebuild import Rebuilder
from tenure.signals.rules import Rules, rules_in_force
from tenure.signals.stale import not_stale, note_stale, ready
from tenure.signals.telling import tell_signals
from tenure.signals.watched import watched_by

BATCH = "batch"  # up to which events and facts were told
USE = "use"  # up to which use was told

ROWS_IN_MEMORY = 150_000  # handed over and not yet watched; more are read from the lake
EVENTS_AT_ONCE = 250_000  # read from the lake
PENDING_MAX = 100_000  # uses in memory; more are told whatever arrives
PENDING_S = 30.0
ACCOUNTS_AT_ONCE = 2_000
LEASE_WAIT_S = 20.0
IN_A_COMMAND_S = 30.0  # nobody waits for anything that arrives meanwhile


@dataclass(slots=True)
class Watch:
    """What one call did."""

    batches: int = 0
    told: int = 0  # events and facts
    used: int = 0  # accounts that were told of use
    raised: int = 0
    due: int = 0
    rebuilt: int = 0
    is_caught_up: bool = True


@dataclass(frozen=True, slots=True)
class ShippedBatch:
    """The rows of one batch that were new. `after` is the batch before it."""

    after: int
    number: int
    events: pa.Table | None
    facts: pa.Table | None

    def size(self) -> int:
        return sum(len(each) for each in (self.events, self.facts) if each is not None)


class Watcher:
    """Kept between calls for what need not be read again; nothing is lost with it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._places = Places(load_junk_ids(home))
        self._intake = Intake(self._places)
        self._rebuilder = Rebuilder()
        self._measured: Measured | None = None
        self._shipped: list[ShippedBatch] = []
        self._known: tuple[str, ...] = ()
        self._has_use = False  # since the cursor of use is in memory, or told
        self._flushing: list[str] = []  # accounts whose use is told now
        self._flushed_to = 0
        self._flush_at = 0.0

    def take(
        self, after: int, number: int, events: pa.Table | None, facts: pa.Table | None
    ) -> None:
        """Keep the new rows of a batch until the next `watch`. For `ship(on_batch=...)`."""
        self._shipped.append(ShippedBatch(after, number, events, facts))
        if sum(each.size() for each in self._shipped) > ROWS_IN_MEMORY:
            self._shipped.clear()

    def watch(self, now: datetime, *, max_seconds: float = 2.0) -> Watch:
        """What was found out. `is_caught_up` says whether nothing is left for the next call.

        Raises LeaseHeld when another process watches for longer than 20 seconds, BadDefinition
        when a definition in force cannot be read any more.
        """
        done = Watch()
        with (
            self._forgetting_on_failure(),
            lake_writer(
                self.home,
                "watch",
                part="signals",
                database_url=settings.DATABASE_URL,
                wait_seconds=LEASE_WAIT_S,
            ),
        ):
            until = time.monotonic() + max_seconds
            rules = rules_in_force(self.home.company.time_zone)
            self._look_at_rules(rules, now)
            teller = teller_at(self.home, self._places, rules, now, self._measured)
            self._measured = teller.measured
            self._read_use_again(teller)
            while self._take_in(teller, done):
                if time.monotonic() >= until:
                    done.is_caught_up = False
                    break
            if done.is_caught_up:
                # Whoever was there may be in what was not read yet.
                self._ask_who_is_due(teller, done, until)
            self._tell_use(teller, done, until)
            done.rebuilt = self._rebuilder.some(teller, until, max_seconds / 2)
            done.is_caught_up &= not ready(now, 1)
            tell_signals(self.home, now)
        return done

    @contextmanager
    def _forgetting_on_failure(self) -> Iterator[None]:
        """What is in memory but not written has to be read again."""
        whole = False
        try:
            yield
            whole = True
        finally:
            if not whole:
                self._forget()

    def _forget(self) -> None:
        self._intake.forget()
        self._shipped.clear()
        self._flushing.clear()
        self._has_use = False

    def _look_at_rules(self, rules: Rules, now: datetime) -> None:
        """Caches are of one set of rules, of links, and of who was not forgotten meanwhile."""
        forgotten = str(number_of(FORGOTTEN))
        known = (rules.digest, changed_links(), forgotten)
        if self._known and self._known[2] != forgotten:
            self._forget()
        if known != self._known:
            self._intake.forget_seen()
            self._known, self._measured = known, None
        if self._measured and self._measured.today != rules.calendar.day_of(micros(now)):
            self._measured = None
        note_stale(rules, now)

    def _read_use_again(self, teller: Teller) -> None:
        """Use that was in the memory of a process that has ended."""
        if self._has_use:
            return
        used, told = number_of(USE), number_of(BATCH)
        while used < told:
            fresh, used = self._from_lake(used, told, teller)
            self._intake.take(fresh, teller.now, only_use=True)
        self._has_use = True

    def _take_in(self, teller: Teller, done: Watch) -> bool:
        """Tell the next batches, and what waited; False when there are none."""
        cursor = number_of(BATCH)
        last = last_batch(self.home)
        newest = last.number if last else 0
        self._shipped = [each for each in self._shipped if each.number > cursor]
        if newest <= cursor:
            self._tell(self._intake.take(FreshRows(), teller.now), teller, done)
            return False
        if self._shipped and self._shipped[0].after <= cursor:
            batch = self._shipped.pop(0)
            fresh = read_rows(batch.events, batch.facts, teller, batch.number)
            number = batch.number
        else:
            fresh, number = self._from_lake(cursor, newest, teller)
        if fresh.known_from is not None and fresh.known_from < teller.measured.ends_at:
            count_again_from(teller.rules.calendar.day_of(fresh.known_from))
            teller.measured.forget()
        # Whoever waits for a time is asked when all has been read.
        asked = teller if number == newest else replace(teller, until=0)
        self._tell(self._intake.take(fresh, teller.now), asked, done)
        set_number(BATCH, number)
        done.batches += 1
        return True

    def _from_lake(self, after: int, last: int, teller: Teller) -> tuple[FreshRows, int]:
        """What the batches after one say, and up to which: not too many at once."""
        with reading(self.home, fresh=True, threads=1) as reader:
            spans = windows(reader, after, EVENTS_AT_ONCE)
            until = min(spans[0][0].last_batch, last) if len(spans) > 1 else last
            span = {"after_batch": after, "last_batch": until}
            events = reader.arrow(load("tenure.signals", "watched_event"), **span)
            facts = reader.arrow(load("tenure.signals", "watched_fact"), **span)
        return read_rows(events, facts, teller, until), until

    def _tell(self, told: list[Told], teller: Teller, done: Watch) -> None:
        if told:
            done.raised += tell_accounts(teller, told)
            done.told += sum(len(each.happenings) for each in told)

    def _ask_who_is_due(self, teller: Teller, done: Watch, until: float) -> None:
        while True:
            due = not_stale().filter(due_at__lte=teller.until).order_by("due_at")
            ids = list(due.values_list("account_id", flat=True)[:ACCOUNTS_AT_ONCE])
            # Nobody is missed who was there: use that is pending is told first.
            told = self._intake.with_pending(Told(each) for each in ids)
            self._tell(told, teller, done)
            done.due += len(ids)
            if len(ids) < ACCOUNTS_AT_ONCE:
                return
            if time.monotonic() >= until:
                done.is_caught_up = False
                return

    def _tell_use(self, teller: Teller, done: Watch, until: float) -> None:
        """Tell pending use: all of it when nothing arrives, else when it gets old or much."""
        pending = self._intake.pending
        if not self._flushing:
            wanted = (
                not done.batches
                or self._intake.pending_uses > PENDING_MAX
                or time.monotonic() >= self._flush_at
            )
            if pending and not wanted:
                done.is_caught_up = False
                return
            self._flushing, self._flushed_to = list(pending), number_of(BATCH)
        asked = teller if done.is_caught_up else replace(teller, until=0)
        while self._flushing:
            ids = [each for each in self._flushing[:ACCOUNTS_AT_ONCE] if each in pending]
            del self._flushing[:ACCOUNTS_AT_ONCE]
            told = self._intake.with_pending(Told(each) for each in ids)
            self._tell(told, asked, done)
            done.used += len(told)
            if self._flushing and time.monotonic() >= until:
                done.is_caught_up = False
                return
        self._flush_at = time.monotonic() + PENDING_S
        if number_of(USE) != self._flushed_to:
            set_number(USE, self._flushed_to)


def read_rows(
    events: pa.Table | None, facts: pa.Table | None, teller: Teller, batch: int
) -> FreshRows:
    """What these rows of batches up to `batch` say."""
    fresh, rules, at = FreshRows(batch=batch), teller.rules, micros(teller.now)
    if events is not None and len(events):
        fresh.add(fresh_events(numbered(events, batch), watched_by(rules), rules.calendar, at))
    if facts is not None and len(facts):
        fresh.add(fresh_facts(numbered(facts, batch), rules.calendar, at))
    return fresh


def watch(home: Home, now: datetime) -> Watch:
    """What was found out in all that was shipped. Raises as `Watcher.watch`."""
    watcher, done = Watcher(home), Watch()
    while True:
        turn = watcher.watch(now, max_seconds=IN_A_COMMAND_S)
        for name in ("batches", "told", "used", "raised", "due", "rebuilt"):
            setattr(done, name, getattr(done, name) + getattr(turn, name))
        if turn.is_caught_up:
            return done

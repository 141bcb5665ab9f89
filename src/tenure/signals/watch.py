"""What happened just now that somebody should act on? Called after each shipped batch, and often.

    watcher = Watcher(home)
    ship(..., on_batch=watcher.take)       # hands over the rows of each batch, as they were shipped
    watcher.watch(now)

1. Rows of batches after the cursor: from memory, else from the lake. Use is reduced to who, what
   and on which day; each happening is led to its account, and told to the kinds.
2. Events that matter of people nobody knows yet wait up to a day, and are tried again.
3. Accounts with a kind whose time has come are asked, though nothing happened.
4. Accounts that history told something of are made anew (`rebuild.py`), some at a time.
5. What was raised is told to everybody else (`telling.py`).

One process watches at a time. Whatever a kill leaves half done is done again, and changes nothing.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import pyarrow as pa
from django.conf import settings

from tenure.base.home import Home
from tenure.customers.junk_ids import load_junk_ids
from tenure.kit.sql_file import load
from tenure.lake.lease import lake_writer
from tenure.lake.reading import reading
from tenure.lake.shipping import last_batch
from tenure.signals.cursors import changed_links, number_of, set_number
from tenure.signals.days import micros
from tenure.signals.fresh_rows import FreshRows, Unplaced, fresh_events, fresh_facts
from tenure.signals.keep import Teller, Told, tell_accounts
from tenure.signals.models import AccountWatch, Stale, WaitingRow
from tenure.signals.places import Places
from tenure.signals.rebuild import Rebuilder, note_stale, ready
from tenure.signals.rules import Rules, rules_in_force
from tenure.signals.telling import tell_signals
from tenure.signals.watched import Watched, watched_by

BATCH = "batch"
WAIT_HOURS = 24
WAITING_MAX = 10_000
ROWS_IN_MEMORY = 400_000  # handed over and not yet watched; more are read from the lake
DUE_AT_ONCE = 2_000
SEEN_MAX = 3_000_000
LEASE_WAIT_S = 20.0
IN_A_COMMAND_S = 30.0  # nobody waits for anything that arrives meanwhile


@dataclass(slots=True)
class Watch:
    """What one call did."""

    batches: int = 0
    told: int = 0  # happenings
    raised: int = 0
    due: int = 0
    rebuilt: int = 0
    waiting: int = 0
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
        self._rebuilder = Rebuilder(home, self._places)
        self._shipped: list[ShippedBatch] = []
        self._seen: set[int] = set()
        self._known: tuple[str, ...] = ()

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
            while self._take_in(rules, now, done):
                if time.monotonic() >= until:
                    done.is_caught_up = False
                    break
            self._ask_who_is_due(rules, now, done, until)
            done.rebuilt = self._rebuilder.some(rules, now, until, max_seconds / 2)
            done.is_caught_up &= not ready(now, 1)
            tell_signals(self.home, now)
        return done

    @contextmanager
    def _forgetting_on_failure(self) -> Iterator[None]:
        """What was seen but not written has to be told again."""
        whole = False
        try:
            yield
            whole = True
        finally:
            if not whole:
                self._seen.clear()

    def _look_at_rules(self, rules: Rules, now: datetime) -> None:
        """Caches are of one set of rules, of links, and of who was not forgotten meanwhile."""
        known = (rules.digest, changed_links(), str(number_of("forgotten")))
        if known != self._known:
            if self._known and known[2] != self._known[2]:
                self._shipped.clear()
            self._seen.clear()
            self._known = known
        note_stale(rules, now)

    def _take_in(self, rules: Rules, now: datetime, done: Watch) -> bool:
        """Tell the next batches, and what waited; False when there are none."""
        cursor = number_of(BATCH)
        last = last_batch(self.home)
        newest = last.number if last else 0
        self._shipped = [each for each in self._shipped if each.number > cursor]
        if newest <= cursor:
            self._tell(FreshRows(), rules, now, None, done)
            return False
        if self._shipped and self._shipped[0].after <= cursor:
            batch = self._shipped.pop(0)
            fresh, number = self._read(batch.events, batch.facts, rules, now), batch.number
        else:
            fresh, number = self._from_lake(cursor, newest, rules, now), newest
        self._tell(fresh, rules, now, number, done)
        set_number(BATCH, number)
        done.batches += 1
        return True

    def _from_lake(self, after: int, last: int, rules: Rules, now: datetime) -> FreshRows:
        span = {"after_batch": after, "last_batch": last}
        with reading(self.home, fresh=True, threads=1) as reader:
            events = reader.arrow(load("tenure.signals", "watched_event"), **span)
            facts = reader.arrow(load("tenure.signals", "watched_fact"), **span)
        return self._read(events, facts, rules, now)

    def _read(
        self,
        events: pa.Table | None,
        facts: pa.Table | None,
        rules: Rules,
        now: datetime,
    ) -> FreshRows:
        """What these rows say, in one."""
        fresh, watched, at = FreshRows(), watched_by(rules), micros(now)
        for table, read in (
            (events, lambda rows: fresh_events(rows, watched, rules.calendar, at)),
            (facts, lambda rows: fresh_facts(rows, rules.calendar, at)),
        ):
            if table is not None and len(table):
                part = read(table)
                fresh.told += part.told
                fresh.pairs |= part.pairs
                fresh.history |= part.history
        return fresh

    def _tell(
        self, fresh: FreshRows, rules: Rules, now: datetime, batch: int | None, done: Watch
    ) -> None:
        waiting = _waiting(now)
        self._places.look_up([*fresh.told, *(each for _, each in waiting)], fresh.pairs)
        accounts: dict[str, Told] = {}
        lost: list[Unplaced] = []
        refs = {ref for ref, _ in waiting}
        for each in fresh.told:
            # A batch that is told again after a kill finds its own rows waiting.
            if each.happening.ref and each.happening.ref in refs:
                continue
            account_id = self._places.account(each)
            if account_id is None:
                lost.append(each)
            elif self._is_new(account_id, each):
                told = accounts.setdefault(account_id, Told(account_id))
                told.happenings.append(each.happening)
        for ref, each in waiting:
            account_id = self._places.account(each)
            if account_id is not None:
                self._name_person(each)
                told = accounts.setdefault(account_id, Told(account_id))
                told.late.append(each.happening)
                told.waited.append(ref)
        _wait(lost, watched_by(rules), now)
        self._note_history(fresh, now, batch or 0)
        done.told += sum(len(each.happenings) for each in accounts.values())
        done.waiting = len(waiting)
        done.raised += tell_accounts(self._teller(rules, now), list(accounts.values()), batch)

    def _is_new(self, account_id: str, each: Unplaced) -> bool:
        """False for use that was told before: the same person, thing and day change nothing."""
        self._name_person(each)
        happening = each.happening
        if happening.type == "identify":
            what = str(happening.properties.get("email"))
        elif happening.sort == "use":
            what = happening.name
        else:
            return True
        if len(self._seen) > SEEN_MAX:
            self._seen.clear()
        seen = hash((account_id, happening.person_id, happening.type, what, happening.day))
        if seen in self._seen:
            return False
        self._seen.add(seen)
        return True

    def _teller(self, rules: Rules, now: datetime) -> Teller:
        return Teller(self.home, self._places, rules, now)

    def _name_person(self, each: Unplaced) -> None:
        each.happening.person_id = self._places.person(each.user_id, each.anonymous_id)

    def _note_history(self, fresh: FreshRows, now: datetime, batch: int) -> None:
        rows = [
            Stale(key=f"{kind}:{raw_id}", because="history", batch=batch, since_at=now)
            for kind, raw_id in sorted(fresh.history)
        ]
        Stale.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["because", "batch", "since_at"],
        )

    def _ask_who_is_due(self, rules: Rules, now: datetime, done: Watch, until: float) -> None:
        while True:
            due = AccountWatch.objects.filter(due_at__lte=micros(now)).order_by("due_at")
            ids = list(due.values_list("account_id", flat=True)[:DUE_AT_ONCE])
            done.raised += tell_accounts(
                self._teller(rules, now), [Told(each) for each in ids], None
            )
            done.due += len(ids)
            if len(ids) < DUE_AT_ONCE:
                return
            if time.monotonic() >= until:
                done.is_caught_up = False
                return


def watch(home: Home, now: datetime) -> Watch:
    """What was found out in all that was shipped. Raises as `Watcher.watch`."""
    watcher, done = Watcher(home), Watch()
    while True:
        turn = watcher.watch(now, max_seconds=IN_A_COMMAND_S)
        for name in ("batches", "told", "raised", "due", "rebuilt"):
            setattr(done, name, getattr(done, name) + getattr(turn, name))
        done.waiting = turn.waiting
        if turn.is_caught_up or not (turn.batches or turn.due or turn.rebuilt):
            done.is_caught_up = turn.is_caught_up
            return done


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Unplaced).decode


def _waiting(now: datetime) -> list[tuple[str, Unplaced]]:
    WaitingRow.objects.filter(until_at__lt=now).delete()
    rows = WaitingRow.objects.order_by("until_at").values_list("ref", "row")[:WAITING_MAX]
    return [(ref, _decode(row)) for ref, row in rows]


def _wait(lost: Sequence[Unplaced], watched: Watched, now: datetime) -> None:
    """Keep what matters of people nobody knows yet, and try again."""
    rows = [
        WaitingRow(
            ref=each.happening.ref,
            user_id=each.user_id or "",
            anonymous_id=each.anonymous_id or "",
            row=_encode(each),
            until_at=now + timedelta(hours=WAIT_HOURS),
        )
        for each in lost
        if each.happening.sort == "event" and (each.user_id or each.anonymous_id)
    ]
    WaitingRow.objects.bulk_create(rows[:WAITING_MAX], ignore_conflicts=True)

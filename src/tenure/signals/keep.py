"""How happenings get into the accounts' state, and signals out of it, each exactly once.

Accounts are taken in chunks. A chunk is worked out without any lock; then its states, its signals
and the rows that no longer wait are written in one short transaction. Each account's row says up
to which batch of the lake it was told, so whatever a kill leaves half done is simply done again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tenure.base.home import Home
from tenure.customers.chunks import write_in_chunks
from tenure.customers.upsert import upsert
from tenure.signals.fold import fold
from tenure.signals.happenings import Happening
from tenure.signals.heard import measured_by_kept
from tenure.signals.known_until import known_until
from tenure.signals.measured import Measured
from tenure.signals.models import AccountWatch, WaitingRow
from tenure.signals.places import Places, parts
from tenure.signals.rules import Rules
from tenure.signals.saying import Saying, say
from tenure.signals.stale import stale_among
from tenure.signals.state import AccountState, pack, unpack
from tenure.signals.whereabouts import add_whereabouts


@dataclass(slots=True)
class Told:
    """What one account is told. `waited` names rows of WaitingRow that are among it."""

    account_id: str
    happenings: list[Happening] = field(default_factory=list)
    waited: list[str] = field(default_factory=list)
    late: list[Happening] = field(default_factory=list)  # what waited, told whatever its batch


@dataclass(frozen=True, slots=True)
class Teller:
    """What it takes to tell accounts something, the same for all of them.

    `until`, in microseconds, is up to when everything is known: who waits for a time is asked up
    to then.
    """

    home: Home
    places: Places
    rules: Rules
    measured: Measured
    now: datetime
    until: int


def teller_at(
    home: Home, places: Places, rules: Rules, now: datetime, days: Measured | None = None
) -> Teller:
    """What it takes now; `days` are those that were measured, where they are known already."""
    days = days or measured_by_kept(home, rules, now)
    return Teller(home, places, rules, days, now, known_until(home, now))


def tell_accounts(teller: Teller, told: Sequence[Told]) -> int:
    """How many signals were raised. Who is told nothing is asked whether its time has come.

    An event or a fact is told once: its batch is above that of the account's row. Use may be told
    again, and changes nothing. What waited is told once because it waits no more.
    """
    counted = [0]

    def prepare(chunk: Sequence[Told]) -> Callable[[], None]:
        saying, rows, waited = _work_out(teller, chunk)

        def write() -> None:
            counted[0] += saying.write()
            rows()
            if waited:
                WaitingRow.objects.filter(ref__in=waited).delete()

        return write

    write_in_chunks(told, prepare)
    return counted[0]


def _work_out(
    teller: Teller, chunk: Sequence[Told]
) -> tuple[Saying, Callable[[], None], list[str]]:
    ids = [each.account_id for each in chunk]
    held, stale = watches_of(ids), stale_among(ids)
    turns, rows = [], []
    for each in chunk:
        row = held.get(each.account_id)
        before_batch = row.batch if row else 0
        happenings = each.late + [
            one
            for one in each.happenings
            if one.sort == "use" or not one.batch or one.batch > before_batch
        ]
        if row is None and not happenings:
            continue
        state = unpack(row.state) if row else AccountState(each.account_id)
        before = row.state if row else b""
        happenings.sort(key=Happening.order)
        turns.append((state, happenings))
        changed = row or AccountWatch(account_id=each.account_id)
        rows.append((changed, bytes(before)))
        changed.batch = max([changed.batch, *(one.batch for one in happenings)])
    add_whereabouts(teller.home, teller.places, turns)
    outcomes, written = [], []
    for state, happenings in turns:
        if state.account_id in stale:
            state.wakes.clear()  # it is asked when it was made anew
        until = 0 if state.account_id in stale else teller.until
        outcomes += fold(state, happenings, teller.rules, teller.measured, until)
    states = {state.account_id: state for state, _ in turns}
    saying = say(outcomes, states, teller.rules, teller.now)
    concluded = {each.account_id for each in outcomes}
    for row, before in rows:
        state = states[row.account_id]
        row.state, row.due_at = pack(state), state.due_at()
        # What changes nothing may be told again: then its batch need not be noted.
        if row.account_id in concluded or row.state != before:
            written.append(row)
    waited = [ref for each in chunk for ref in each.waited]
    return saying, save(written), waited


def watches_of(account_ids: Sequence[str]) -> dict[str, AccountWatch]:
    """The rows that there are of these accounts."""
    found: dict[str, AccountWatch] = {}
    for part in parts(account_ids):
        for row in AccountWatch.objects.filter(account_id__in=part):
            found[row.account_id] = row
    return found


def save(rows: Sequence[AccountWatch]) -> Callable[[], None]:
    """A write of these rows, prepared."""
    return upsert(AccountWatch, rows, ["account_id"], ["batch", "due_at", "state"])

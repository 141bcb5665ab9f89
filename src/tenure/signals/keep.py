"""How happenings get into the accounts' state, and signals out of it, each exactly once.

Accounts are taken in chunks. A chunk is worked out without any lock; then its states, its signals
and the rows that no longer wait are written in one short transaction. Each account's row says up
to which batch of the lake it was told, so whatever a kill leaves half done is simply done again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tenure.customers.chunks import write_in_chunks
from tenure.customers.upsert import upsert
from tenure.signals.days import micros
from tenure.signals.fold import fold
from tenure.signals.happenings import Happening
from tenure.signals.models import AccountWatch, WaitingRow
from tenure.signals.places import parts
from tenure.signals.rules import Rules
from tenure.signals.saying import Saying, say
from tenure.signals.state import AccountState, pack, unpack


@dataclass(slots=True)
class Told:
    """What one account is told. `waited` names rows of WaitingRow that are among it."""

    account_id: str
    happenings: list[Happening] = field(default_factory=list)
    waited: list[str] = field(default_factory=list)
    late: list[Happening] = field(default_factory=list)  # told whatever the batch is


def tell_accounts(told: Sequence[Told], rules: Rules, now: datetime, batch: int | None) -> int:
    """How many signals were raised. `batch` is the last of the lake that `told` comes from.

    Without a batch nothing but what waited is told, and whose time has come is asked.
    """
    counted = [0]

    def prepare(chunk: Sequence[Told]) -> Callable[[], None]:
        saying, rows, waited = _work_out(chunk, rules, now, batch)

        def write() -> None:
            counted[0] += saying.write()
            rows()
            if waited:
                WaitingRow.objects.filter(ref__in=waited).delete()

        return write

    write_in_chunks(told, prepare)
    return counted[0]


def _work_out(
    chunk: Sequence[Told], rules: Rules, now: datetime, batch: int | None
) -> tuple[Saying, Callable[[], None], list[str]]:
    held = watches_of([each.account_id for each in chunk])
    until = micros(now)
    outcomes, states, rows = [], {}, []
    for each in chunk:
        row = held.get(each.account_id)
        is_new = batch is not None and (row is None or row.batch < batch)
        happenings = each.late + (each.happenings if is_new else [])
        if row is None and not happenings:
            continue
        state = unpack(row.state) if row else AccountState(each.account_id)
        before = row.state if row else b""
        happenings.sort(key=Happening.order)
        found = fold(state, happenings, rules, until)
        outcomes += found
        states[each.account_id] = state
        changed = row or AccountWatch(account_id=each.account_id)
        rows.append((changed, bytes(before), bool(found)))
        if batch is not None:
            changed.batch = max(changed.batch, batch)
    saying = say(outcomes, states, rules, now)
    written = []
    for row, before, has_found in rows:
        state = states[row.account_id]
        row.state, row.due_at = pack(state), state.due_at()
        # What changes nothing may be told again: then its batch need not be noted.
        if has_found or row.state != before:
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

"""A promised change is made, and is read back before it counts.

    change = ask_for(key=..., kind="pause", ...)                # in the caller's transaction
    carry_out(change, billing_system(home), now)                # at once, while somebody waits
    carry_out_due(home, now)                                    # in the worker: all the rest

What may have been done or not (a crash, no answer, `500`) is `unknown`. It is settled by reading
back first: where billing shows it, it is done. Otherwise it is asked for again with the same key,
which billing systems must know again: see docs/billing.md.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from tenure.base.errors import TenureError
from tenure.base.home import Home
from tenure.billing import ledger
from tenure.billing.agreeing import agrees
from tenure.billing.by_hand import ask_people
from tenure.billing.by_host import HostBilling
from tenure.billing.configured import billing_system
from tenure.billing.ledger import ask_for
from tenure.billing.models import OPEN, BillingChange, Status
from tenure.billing.recording import record_standings
from tenure.billing.system import WITHIN_S, Answer, BillingSystem, Terms

__all__ = ["agrees", "ask_for", "carry_out", "carry_out_due"]

ASKED_S = 4.0  # that somebody waits for on a page
READ_AT_LEAST_S = 0.3  # below that a reading is left to the worker
TURN_S = 20.0
AT_ONCE = 20
READ_STEPS = [timedelta(seconds=s) for s in (10, 60, 300, 1800, 3600, 6 * 3600)]
UNREAD_FOR = timedelta(days=1)  # that reading what is said to be done is tried in vain
# Billing systems know a key again for a day at least; after that only what was read is asked again.
REPEATS_UNREAD = timedelta(days=1)
DISPLACED = "a later change takes its place"

Stops = Callable[[], bool]


def carry_out(
    change: BillingChange, system: BillingSystem, now: datetime, within_s: float = ASKED_S
) -> BillingChange:
    """The change as it stands after one try, which takes `within_s` seconds at most in all.

    Call it outside of a transaction. What is not due, what somebody else is at, or what has to wait
    for an earlier change, stays as it is; `standing` says what to tell who asked.
    """
    ends = time.monotonic() + within_s
    ledger.take_back_abandoned(now)
    change.refresh_from_db()
    if change.by_host:
        system = HostBilling(system, now)
    if change.next_at > now:
        return change
    if change.status in OPEN:
        _settle_open(change, system, (now, time.monotonic()), ends)
    if change.status == Status.DONE and change.reads_until is not None:
        left_s = ends - time.monotonic()
        if left_s >= READ_AT_LEAST_S:
            _read(change, system, (now, time.monotonic()), left_s)
    ask_people(change, now)
    return change


def carry_out_due(
    home: Home,
    now: datetime,
    stops: Stops = lambda: False,
    *,
    system: BillingSystem | None = None,
    max_seconds: float = TURN_S,
) -> int:
    """How many changes were looked after: all that are due, for so many seconds.

    May run in any number of processes at once. Raises BadDefinition for a mistake in `[billing]`,
    when there is something to do.
    """
    ledger.take_back_abandoned(now)
    started, count = time.monotonic(), 0
    is_over = lambda: stops() or time.monotonic() - started > max_seconds  # noqa: E731
    seen: set[int] = set()
    while not is_over():
        at = _at((now, started))
        waiting = [each for each in ledger.due(at, AT_ONCE + len(seen)) if each.pk not in seen]
        if not waiting:
            break
        system = system or billing_system(home)
        for change in waiting:
            seen.add(change.pk)
            carry_out(change, system, _at((now, started)), WITHIN_S)
            count += 1
            if is_over():
                break
    record_standings(home, _at((now, started)))
    return count


def _settle_open(
    change: BillingChange, system: BillingSystem, since: tuple[datetime, float], ends: float
) -> None:
    """Ask for a change that is open; what is unsure is looked for in billing before."""
    stood, later = change.status, ledger.displaced_by(change)
    is_unsure = stood == Status.UNKNOWN or (stood == Status.SENT and later is not None)
    if is_unsure and change.mode == "live":
        is_read = _read(change, system, since, (ends - time.monotonic()) / 2)
        if change.status not in OPEN:
            return
        if not is_read and _at(since) - change.asked_at > REPEATS_UNREAD:
            _leave(change, _at(since), _give_up_at(change, system))
            return
    if later is not None:
        ledger.give_up(change, DISPLACED, _at(since), superseded_by=later.key)
        return
    with transaction.atomic(durable=True):
        call = ledger.begin(change, system.name, _at(since))
    if call is None:
        return
    began = time.monotonic()
    answer = _answer(change, system, ends - began)
    with transaction.atomic(durable=True):
        said = msgspec.to_builtins(answer)
        ledger.end_call(call, answer.status, answer.message, time.monotonic() - began, said)
        ledger.settle(change, answer, stood, _at(since), _give_up_at(change, system))
        if change.status == Status.DONE and change.mode == "live":
            until = change.ended_at + timedelta(seconds=system.settles_within_s)
            BillingChange.objects.filter(pk=change.pk).update(reads_until=until)
            change.refresh_from_db()


def _leave(change: BillingChange, now: datetime, give_up_at: datetime | None) -> None:
    """Ask nothing for now: what may have been done long ago is not asked for again unread."""
    if give_up_at is not None and now >= give_up_at:
        ledger.give_up(change, f"it may have been done, and could not be read: {change.why}", now)
    else:
        ledger.put_off(change, now)


def _answer(change: BillingChange, system: BillingSystem, within_s: float) -> Answer:
    """What came of asking once. A change of a test never leaves the house."""
    if change.mode == "test":
        return Answer(status="done", reference="test", message="a test: nothing was asked for")
    if change.kind not in system.can:
        known = ", ".join(sorted(system.can))
        return Answer(
            status="refused", message=f"{system.name} cannot {change.kind}; it can {known}"
        )
    return system.perform(change.as_change, max(within_s, 0.1))


def _read(
    change: BillingChange, system: BillingSystem, since: tuple[datetime, float], within_s: float
) -> bool:
    """Read billing for one change, and write down what it shows; False when it was not read."""
    with transaction.atomic(durable=True):
        call = ledger.begin_reading(change, system.name, _at(since))
    if call is None:
        return False
    began = time.monotonic()
    try:
        terms = system.read_back(change.account_id, change.subscription_id, max(within_s, 0.1))
    except TenureError as error:
        with transaction.atomic(durable=True):
            ledger.end_call(call, "unread", error.message, time.monotonic() - began)
            ledger.release(change, **_unread(change, error.message, _at(since)))
        return False
    differs = agrees(change, terms)
    found = None if terms is None else msgspec.to_builtins(terms)
    with transaction.atomic(durable=True):
        said = "; ".join(differs) or "as promised"
        ledger.end_call(call, "read", said, time.monotonic() - began, found)
        ledger.release(change, **_found(change, terms, differs, _at(since)))
    return True


def _found(
    change: BillingChange, terms: Terms | None, differs: list[str], now: datetime
) -> dict[str, object]:
    """What a reading changes. That of an unsure change settles it only when all is as promised."""
    read_back = None if terms is None else msgspec.to_builtins(terms)
    if change.status in OPEN:
        if differs:
            return {}
        why = "billing shows it"
        return {
            "status": Status.DONE, "ended_at": now, "why": why, "read_back": read_back,
            "read_back_at": now, "differs": [], "reads_until": None,
        }  # fmt: skip
    goes_on = bool(differs) and change.reads_until is not None and now < change.reads_until
    return {
        "read_back": read_back,
        "read_back_at": now,
        "differs": differs,
        "reads_until": change.reads_until if goes_on else None,
        "next_at": _next_reading(change, now),
    }


def _unread(change: BillingChange, why: str, now: datetime) -> dict[str, object]:
    """Nothing was learnt. Of what is said to be done, reading goes on, and ends as a difference."""
    if change.status in OPEN:
        return {}
    ends_at = (change.reads_until or now) + UNREAD_FOR
    if now < ends_at:
        return {"next_at": _next_reading(change, now)}
    return {"differs": [f"it could not be read back: {why}"], "reads_until": None}


def _next_reading(change: BillingChange, now: datetime) -> datetime:
    readings = change.calls.filter(what="read_back").count()
    return now + READ_STEPS[min(readings, len(READ_STEPS)) - 1]


def _give_up_at(change: BillingChange, system: BillingSystem) -> datetime | None:
    if system.gives_up_after_s is None:
        return None
    return change.asked_at + timedelta(seconds=system.gives_up_after_s)


def _at(since: tuple[datetime, float]) -> datetime:
    """`now`, moved on by what has passed since."""
    now, started = since
    return now + timedelta(seconds=time.monotonic() - started)

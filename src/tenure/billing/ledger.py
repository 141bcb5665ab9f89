"""The only way into the table of changes, and the only steps through it.

    intended ─▶ sent ─▶ done | refused
       ▲         │ └──▶ unknown ─▶ sent (the same key again), or done because billing shows it
       └─────────┘      certainly not taken
    intended, sent, unknown ─▶ given_up     for too long, or a later change stands against it

`sent` and its call are on disk before a socket is opened. Every step is one conditional UPDATE, so
of several workers one takes it, on SQLite and PostgreSQL alike.

Changes of one subscription are made in the order in which they were asked for. A cancellation waits
for nothing but a call that is under way, and takes the place of whatever was still open; so does
taking it back.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.db.models import Exists, F, Q, QuerySet

from tenure.base.errors import Conflict, InvalidInput
from tenure.base.ids import fresh_id
from tenure.billing.kinds import CANCELS, checked_values
from tenure.billing.models import OPEN, BillingCall, BillingChange, HostSaid, Status
from tenure.billing.system import Answer

KEY_CHARACTERS_MAX = 200
# That the host's page has for what it makes itself, before billing is looked at.
HOST_FIRST = timedelta(seconds=20)
# After that a person looks at it, and nothing waits for it any more.
HOST_WITHIN = timedelta(minutes=10)
LEASE = timedelta(seconds=60)  # longer than any call
# What is held by nobody. Who died holding something is found by `take_back_abandoned` alone.
_FREE = Q(claimed_until=None)
BACK_OFF = [timedelta(seconds=s) for s in (5, 15, 60, 300, 900, 1800, 3600)]
# What takes the place of what was asked for before it and is still open; but for money back.
_DISPLACES: dict[str, frozenset[str] | None] = {
    "cancel_at_period_end": None,
    "cancel_now": None,
    "uncancel": CANCELS,
}


def ask_for(
    *,
    key: str,
    account_id: str,
    subscription_id: str,
    kind: str,
    values: Mapping[str, Any],
    mode: str = "live",
    by_host: bool = False,
    now: datetime,
) -> BillingChange:
    """The one change of this key, in the caller's transaction. A used key changes nothing.

    `values` are as in `kinds.py`; `by_host` where the host's own page makes it (`by_host.py`).
    Raises InvalidInput for what is no such change, and Conflict for a key that stands for another
    one.
    """
    if "\0" in f"{key}{account_id}{subscription_id}":
        raise InvalidInput("key, account or subscription: it holds a NUL character; take it out")
    if not key or len(key) > KEY_CHARACTERS_MAX:
        raise InvalidInput(f"key: {key[:40]!r}: write 1 to {KEY_CHARACTERS_MAX} characters")
    if mode not in ("live", "test"):
        raise InvalidInput(f"mode: {mode!r} is none; use live or test", field="mode")
    if not account_id:
        raise InvalidInput("account_id: this is empty; name the account", field="account_id")
    by_host = by_host and mode == "live"  # a test never leaves the house
    today = now.astimezone(ZoneInfo(settings.TENURE_HOME.company.time_zone)).date()
    change, is_new = BillingChange.objects.get_or_create(
        key=key,
        defaults={
            "account_id": account_id,
            "subscription_id": subscription_id,
            "kind": kind,
            "values": checked_values(kind, values, today),
            "mode": mode,
            "asked_at": now,
            "by_host": by_host,
            "next_at": now + HOST_FIRST if by_host else now,
        },
    )
    if is_new and kind in _DISPLACES:
        _displace(change, now)
    if (change.account_id, change.subscription_id, change.kind) != (
        account_id,
        subscription_id,
        kind,
    ):
        raise Conflict(f"{key}: this is the key of {change.kind} of {change.account_id} already")
    return change


def due(now: datetime, limit: int) -> list[BillingChange]:
    """Changes for which something is to be done now, the oldest first, held by nobody."""
    wanted = Q(status__in=OPEN) | Q(status=Status.DONE, reads_until__isnull=False)
    found = BillingChange.objects.filter(wanted, _FREE, next_at__lte=now)
    return list(found.order_by("next_at", "id")[:limit])


def begin(change: BillingChange, system: str, now: datetime) -> BillingCall | None:
    """The call that is about to be made; None when it is not to be made now.

    Somebody else has it, something before it is still open, or a later change displaced it.
    """
    # As it was seen: what has become unsure meanwhile has to be read first.
    wanted = BillingChange.objects.filter(_FREE, pk=change.pk, status=change.status)
    in_the_way = _before(change, now) | _displacing(change)
    taken = wanted.filter(~Exists(in_the_way)).update(
        status=Status.SENT,
        claim=fresh_id("claim"),
        claimed_until=now + LEASE,
        attempts=F("attempts") + 1,
        sent_at=now,
    )
    if not taken:
        wanted.update(next_at=now + BACK_OFF[0])
    change.refresh_from_db()
    return open_call(change, "perform", system, now) if taken else None


def begin_reading(change: BillingChange, system: str, now: datetime) -> BillingCall | None:
    """The reading that is about to be done; None when somebody else has the change."""
    taken = BillingChange.objects.filter(_FREE, pk=change.pk, status=change.status).update(
        claim=fresh_id("claim"), claimed_until=now + LEASE
    )
    change.refresh_from_db()
    return open_call(change, "read_back", system, now) if taken else None


def end_call(call: BillingCall, said: str, message: str, took_s: float, answer: Any = None) -> None:
    """Write down what a call came to."""
    call.said, call.message, call.took_ms = said, message[:2000], max(0, int(1000 * took_s))
    call.answer = answer
    call.save(update_fields=["said", "message", "took_ms", "answer"])


def settle(
    change: BillingChange, answer: Answer, stood: str, now: datetime, give_up_at: datetime | None
) -> None:
    """Write down what came of asking. A slower holder than its lease still knows best.

    `stood` is the status before: what was not taken this time may have been taken before.
    """
    fields: dict[str, Any] = {
        "answer": msgspec.to_builtins(answer),
        "why": answer.message[:1000],
        "reference": (answer.reference or change.reference)[:500],
        "claimed_until": None,
        "is_told": False,
    }
    after = timedelta(seconds=answer.retry_after_s)
    later = {"next_at": now + max(after, _step(change.attempts))}
    if answer.status == "done":
        fields |= {"status": Status.DONE, "ended_at": now, "next_at": now}
    elif answer.status == "refused":
        fields |= {"status": Status.REFUSED, "ended_at": now}
    elif give_up_at is not None and now >= give_up_at:
        why = f"given up after {change.attempts} attempts: {answer.message}"[:1000]
        fields |= {"status": Status.GIVEN_UP, "ended_at": now, "why": why}
    elif answer.status == "pending":
        fields |= {"status": Status.SENT, "next_at": now + max(after, BACK_OFF[0])}
    elif answer.status == "not_taken":
        fields |= {"status": stood} | later
    else:
        fields |= {"status": Status.UNKNOWN} | later
    _ours(change, Status.SENT, Status.UNKNOWN).update(**fields)
    change.refresh_from_db()


def take_back_abandoned(now: datetime) -> int:
    """How many are unsure because who held them ended without a word."""
    late = BillingChange.objects.filter(claimed_until__lte=now)
    if not late.exists():
        return 0
    count = late.filter(status=Status.SENT).update(
        status=Status.UNKNOWN, why="the worker ended while it was asking", claimed_until=None,
        next_at=now, is_told=False,
    )  # fmt: skip
    late.update(claimed_until=None)
    return count


def displaced_by(change: BillingChange) -> BillingChange | None:
    """The later change that takes the place of this one, if there is one."""
    return _displacing(change).order_by("id").first()


def give_up(change: BillingChange, why: str, now: datetime, superseded_by: str = "") -> bool:
    """Stop asking, where nobody is asking at this moment. False where somebody is."""
    given_up = BillingChange.objects.filter(_FREE, pk=change.pk, status__in=OPEN).update(
        status=Status.GIVEN_UP,
        why=why,
        ended_at=now,
        superseded_by=superseded_by,
        is_told=False,
    )
    change.refresh_from_db()
    return bool(given_up)


def put_off(change: BillingChange, now: datetime) -> None:
    """Leave a change as it is for now."""
    BillingChange.objects.filter(_FREE, pk=change.pk, status__in=OPEN).update(
        next_at=now + BACK_OFF[-1]
    )
    change.refresh_from_db()


def release(change: BillingChange, **fields: Any) -> None:
    """Give a change back after reading, with what was found."""
    _ours(change, *Status.values).update(claimed_until=None, is_told=False, **fields)
    change.refresh_from_db()


def _displace(change: BillingChange, now: datetime) -> None:
    """What was never taken over there will not be asked for any more."""
    kinds = _DISPLACES[change.kind]
    waiting = _beside(change).filter(pk__lt=change.pk, status=Status.INTENDED)
    waiting = waiting.exclude(kind="refund")
    if kinds is not None:
        waiting = waiting.filter(kind__in=kinds)
    waiting.update(
        status=Status.GIVEN_UP,
        why=f"{change.kind} was asked for meanwhile",
        ended_at=now,
        superseded_by=change.key,
        is_told=False,
    )


def _before(change: BillingChange, now: datetime) -> QuerySet[BillingChange]:
    """Earlier changes of the subscription that have to come to an end before this one.

    What the host's page was to make and has failed to is in nobody's way: a person has it.
    """
    earlier = _beside(change).filter(pk__lt=change.pk, status__in=OPEN)
    is_overdue = Q(host_said=HostSaid.FAILED) | Q(asked_at__lte=now - HOST_WITHIN)
    earlier = earlier.exclude(is_overdue, _FREE, by_host=True)
    return earlier.exclude(_FREE) if change.kind in _DISPLACES else earlier


def _displacing(change: BillingChange) -> QuerySet[BillingChange]:
    """Later changes that take the place of this one."""
    kinds = [*CANCELS, "uncancel"] if change.kind in CANCELS else [*CANCELS]
    if change.kind == "refund":
        return BillingChange.objects.none()
    return _beside(change).filter(pk__gt=change.pk, kind__in=kinds)


def _beside(change: BillingChange) -> QuerySet[BillingChange]:
    return BillingChange.objects.filter(
        account_id=change.account_id, subscription_id=change.subscription_id, mode=change.mode
    )


def _ours(change: BillingChange, *statuses: str) -> QuerySet[BillingChange]:
    return BillingChange.objects.filter(pk=change.pk, claim=change.claim, status__in=statuses)


def open_call(change: BillingChange, what: str, system: str, now: datetime) -> BillingCall:
    """The row of a call that is about to be made; the last one where it asks the same again."""
    last = change.calls.order_by("-number").first()
    if last is not None and (last.what, last.said, what) == ("perform", "pending", "perform"):
        last.said, last.times, last.last_at, last.took_ms = "", last.times + 1, now, None
        last.save(update_fields=["said", "times", "last_at", "took_ms"])
        return last
    number = last.number + 1 if last is not None else 1
    return BillingCall.objects.create(
        change=change, number=number, what=what, system=system, begun_at=now, last_at=now
    )


def _step(attempts: int) -> timedelta:
    return BACK_OFF[min(max(attempts, 1), len(BACK_OFF)) - 1]

"""Which facts a change of a simulated subscription leaves behind, in the words of `contracts.py`.

A change of terms ends the version that runs and starts the next; what lies ahead (a discount that
runs out, a plan from the next period on) is a version that starts then. A version made here is
named after the one it came from, `v3+1`, so that none is ever one that the simulation makes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from tenure.base.errors import Conflict
from tenure.base.money import monthly_minor
from tenure.billing.kinds import day_of
from tenure.billing.known_terms import terms_of
from tenure.billing.system import Change, Terms
from tenure.demo.catalogue import COMPANY_TIME_ZONE, PLANS, TRIAL_DAYS, amount_minor
from tenure.demo.journal import BILLING

ZONE = ZoneInfo(COMPANY_TIME_ZONE)
PLAN_NAMES = [plan.name for plan in PLANS]

Fact = Mapping[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Agreed:
    """What is agreed of one subscription from an instant on, and what is known to follow."""

    status: str
    plan: str
    seats: int
    interval: str
    currency: str
    discount_percent: int = 0
    discount_amount_minor: int = 0
    discount_ends_on: date | None = None
    free_until_on: date | None = None
    trial_ends_on: date | None = None
    next_on: date | None = None
    next_plan: str = ""
    next_seats: int = 0

    @property
    def amount_minor(self) -> int:
        listed = amount_minor(
            PLAN_NAMES.index(self.plan), self.seats, self.currency, self.interval,
            discount_percent=self.discount_percent,
        )  # fmt: skip
        return max(listed - self.discount_amount_minor, 0)


def facts_for(change: Change, facts: Sequence[Fact], at: datetime) -> list[Row]:
    """The facts that this change adds to those that hold. None: it is so already.

    Raises Conflict with the reason why the simulated company refuses it.
    """
    terms = terms_of(facts, change.subscription_id, at, ZONE)
    if terms is None:
        raise Conflict(f"there is no subscription {change.subscription_id or change.account_id}")
    if terms.status == "ended":
        if change.kind == "cancel_now":
            return []
        raise Conflict(f"{terms.subscription_id} has ended; there is nothing to change")
    own = [fact for fact in facts if fact["subscription_id"] == terms.subscription_id]
    rows = list(_MAKERS[change.kind](change, own, terms, at))
    return [_filled(row, change, number, terms, at) for number, row in enumerate(rows)]


def with_trial_end(terms: Terms | None, facts: Iterable[Fact]) -> Terms | None:
    """The terms, and of a trial that nobody made longer when it ends: two weeks after its start."""
    if terms is None or terms.status != "trialing" or terms.trial_ends_on is not None:
        return terms
    starts = [
        fact["effective_at"]
        for fact in facts
        if fact["subscription_id"] == terms.subscription_id and fact["kind"] == "start"
    ]
    day = min(starts).astimezone(ZONE).date()
    values = {name: getattr(terms, name) for name in terms.__struct_fields__}
    return Terms(**values | {"trial_ends_on": day.fromordinal(day.toordinal() + TRIAL_DAYS)})


def holding(facts: Iterable[Fact], applied: Iterable[Fact]) -> list[Fact]:
    """The facts that hold of both together: of all with one key the last known, unless void."""
    held = {fact["fact_key"]: fact for fact in facts}
    for fact in applied:
        known = held.get(fact["fact_key"])
        if known is None or known["known_at"] <= fact["known_at"]:
            held[fact["fact_key"]] = fact
    return [fact for fact in held.values() if not fact.get("is_void")]


def _pause(change: Change, facts: Sequence[Fact], terms: Terms, at: datetime) -> Iterator[Row]:
    until_on, starts_on = (day_of(change.values.get(name)) for name in ("until_on", "starts_on"))
    begins_at = max(_midnight(starts_on), at) if starts_on else at
    ends_at = _midnight(until_on) if until_on else None
    if ends_at is not None and ends_at <= begins_at:
        raise Conflict(f"a pause until {until_on} is over before it begins")
    yield _row("pause", f"pause/{_seconds(begins_at)}", begins_at, facts, ends_at=ends_at)


def _resume(_: Change, facts: Sequence[Fact], terms: Terms, at: datetime) -> Iterator[Row]:
    if terms.status == "paused":
        yield _row("resume", f"resume/{_seconds(at)}", at, facts)
    yield from (_void(f) for f in facts if f["kind"] == "pause" and f["effective_at"] > at)


def _discount(change: Change, facts: Sequence[Fact], terms: Terms, at: datetime) -> Iterator[Row]:
    values = change.values
    if values.get("currency", terms.currency) != terms.currency:
        raise Conflict(f"{terms.subscription_id} is paid in {terms.currency}")
    if terms.percent_off == 100:
        raise Conflict(f"{terms.subscription_id} is free until {terms.discount_ends_on}")
    share = values.get("percent_off", 0)
    if share != int(share):
        raise Conflict(f"{share} % is no discount of ours; use a whole number")
    agreed = replace(
        _agreed(facts, terms, at),
        discount_percent=int(share),
        discount_amount_minor=int(values.get("amount_off_minor", 0)),
        discount_ends_on=day_of(values.get("until_on")),
    )
    yield from _versions(agreed, facts, at)


def _plan_change(
    change: Change, facts: Sequence[Fact], terms: Terms, at: datetime
) -> Iterator[Row]:
    values, agreed = change.values, _agreed(facts, terms, at)
    name, seats = str(values["plan"]), int(values.get("quantity", agreed.seats))
    plans = {plan.name: plan for plan in PLANS}
    if name not in plans:
        raise Conflict(f"there is no plan {name!r}; we sell {', '.join(plans)}")
    if seats > plans[name].seats_max:
        raise Conflict(f"{name} has {plans[name].seats_max} seats at most, not {seats}")
    interval = str(values.get("billing_interval", agreed.interval))
    if interval not in ("month", "year"):
        raise Conflict(f"we bill by month or year, not by {interval}")
    if values.get("effective") == "period_end":
        next_on = terms.period_ends_on
        agreed = replace(agreed, next_plan=name, next_seats=seats, next_on=next_on)
    else:
        agreed = replace(
            agreed, plan=name, seats=seats, interval=interval, next_plan="", next_on=None
        )
    yield from _versions(agreed, facts, at)


def _trial(change: Change, facts: Sequence[Fact], terms: Terms, at: datetime) -> Iterator[Row]:
    if terms.status != "trialing":
        raise Conflict(f"{terms.subscription_id} is no trial")
    ends_on = day_of(change.values["until_on"])
    yield from _versions(replace(_agreed(facts, terms, at), trial_ends_on=ends_on), facts, at)


def _free(change: Change, facts: Sequence[Fact], terms: Terms, at: datetime) -> Iterator[Row]:
    until_on = day_of(change.values["until_on"])
    yield from _versions(replace(_agreed(facts, terms, at), free_until_on=until_on), facts, at)


def _refund(change: Change, facts: Sequence[Fact], terms: Terms, at: datetime) -> Iterator[Row]:
    if change.values["currency"] != terms.currency:
        raise Conflict(f"{terms.subscription_id} is paid in {terms.currency}")
    row = _row("invoice_line", f"refund/{_seconds(at)}", at, facts)
    row |= {
        "amount_minor": -int(change.values["amount_minor"]),
        "currency": terms.currency,
        "attributes": json.dumps({"change_key": change.key}),
    }
    yield row


def _cancel_later(
    change: Change, facts: Sequence[Fact], terms: Terms, at: datetime
) -> Iterator[Row]:
    ends_on = day_of(change.values.get("ends_on")) or terms.period_ends_on
    if ends_on is None:
        raise Conflict(f"{terms.subscription_id} has no billing period; cancel it now")
    if terms.cancels_on != ends_on:
        yield from _ending(facts, at, max(_midnight(ends_on), at))


def _cancel_now(_: Change, facts: Sequence[Fact], __: Terms, at: datetime) -> Iterator[Row]:
    yield from _ending(facts, at, at)


def _uncancel(_: Change, facts: Sequence[Fact], terms: Terms, at: datetime) -> Iterator[Row]:
    if terms.cancels_on is None:
        return
    yield _row("notice", f"notice/{_seconds(at)}", at, facts, version_key=None)
    for fact in facts:
        if fact["kind"] == "end" and fact["version_key"] is None and fact["effective_at"] > at:
            yield _void(fact)


_MAKERS = {
    "pause": _pause,
    "resume": _resume,
    "discount": _discount,
    "plan_change": _plan_change,
    "trial_extension": _trial,
    "free_months": _free,
    "refund": _refund,
    "cancel_at_period_end": _cancel_later,
    "cancel_now": _cancel_now,
    "uncancel": _uncancel,
}


def _ending(facts: Sequence[Fact], at: datetime, ends_at: datetime) -> Iterator[Row]:
    notice = f"notice/{_seconds(at)}"
    yield _row("notice", notice, at, facts, ends_at=ends_at, version_key=None)
    end = _row("end", "end", ends_at, facts, version_key=None)
    yield end | {"attributes": json.dumps({"cancellation_reason": "cancellation_requested"})}


def _agreed(facts: Sequence[Fact], terms: Terms, at: datetime) -> Agreed:
    """What runs now, with what is known to follow."""
    said = json.loads(_running(facts, at)["attributes"] or "{}")
    if terms.plan not in PLAN_NAMES or terms.billing_interval not in ("month", "year"):
        raise Conflict(f"{terms.plan} by {terms.billing_interval} is none of our plans")
    return Agreed(
        status=terms.status if terms.status != "paused" else "active",
        plan=terms.plan,
        seats=terms.quantity or 1,
        interval=terms.billing_interval,
        currency=terms.currency,
        discount_percent=int(said.get("discount_percent") or 0),
        discount_amount_minor=int(said.get("discount_amount_minor") or 0),
        discount_ends_on=day_of(said.get("discount_ends_on")),
        free_until_on=day_of(said.get("free_until_on")),
        trial_ends_on=day_of(said.get("trial_ends_on")),
        next_plan=terms.next_plan,
        next_seats=_seats_of(terms.next_plan, facts, at),
        next_on=terms.next_plan_on,
    )


def _seats_of(plan: str, facts: Sequence[Fact], at: datetime) -> int:
    """The seats of the plan that follows."""
    following = [f for f in facts if f["kind"] == "start" and f["effective_at"] > at]
    return next((fact["quantity"] for fact in following if fact["plan"] == plan), 0)


def _versions(agreed: Agreed, facts: Sequence[Fact], at: datetime) -> Iterator[Row]:
    """The running version ends, this one begins, and those that were to follow are made anew."""
    version_key = str(_running(facts, at)["version_key"])
    base = version_key.partition("+")[0]
    ahead = [f for f in facts if f["effective_at"] > at and f["kind"] in ("start", "end")]
    for fact in ahead:
        # The running version's own end is said anew below, under the same key.
        if fact["version_key"] not in (None, version_key):
            yield _void(fact)
    number = max(_number(fact["version_key"], base) for fact in facts)
    for begins_at, each in [(at, agreed), *_following(agreed, at)]:
        yield _row("end", f"{version_key}/end", begins_at, facts, version_key=version_key)
        number += 1
        version_key = f"{base}+{number}"
        yield _start(each, version_key, begins_at, facts)


def _number(version_key: str | None, base: str) -> int:
    """How many versions were made here of one, by the name of the last."""
    name, _, number = str(version_key).partition("+")
    return int(number) if name == base and number else 0


def _following(agreed: Agreed, at: datetime) -> list[tuple[datetime, Agreed]]:
    """The days on which something of it changes by itself, and what holds from then on."""
    days = {agreed.discount_ends_on, agreed.next_on if agreed.next_plan else None} - {None}
    found = []
    for day in sorted(each for each in days if each is not None and _midnight(each) > at):
        if day == agreed.discount_ends_on:
            agreed = replace(
                agreed, discount_percent=0, discount_amount_minor=0, discount_ends_on=None
            )
        if day == agreed.next_on:
            seats = agreed.next_seats or agreed.seats
            agreed = replace(agreed, plan=agreed.next_plan, seats=seats, next_plan="", next_on=None)
        found.append((_midnight(day), agreed))
    return found


def _start(agreed: Agreed, version_key: str, at: datetime, facts: Sequence[Fact]) -> Row:
    amount = agreed.amount_minor
    attributes = {
        "discount_percent": agreed.discount_percent,
        "discount_amount_minor": agreed.discount_amount_minor or None,
        "discount_ends_on": agreed.discount_ends_on and agreed.discount_ends_on.isoformat(),
        "free_until_on": agreed.free_until_on and agreed.free_until_on.isoformat(),
        "trial_ends_on": agreed.trial_ends_on and agreed.trial_ends_on.isoformat(),
    }
    is_paid = agreed.status == "active"
    return _row("start", f"{version_key}/start", at, facts, version_key=version_key) | {
        "status": agreed.status,
        "plan": agreed.plan,
        "billing_interval": agreed.interval,
        "billing_interval_count": 1,
        "quantity": agreed.seats,
        "amount_minor": amount,
        "mrr_minor": monthly_minor(amount, agreed.interval) if is_paid else 0,
        "currency": agreed.currency,
        "attributes": json.dumps({k: v for k, v in attributes.items() if v is not None}),
    }


def _running(facts: Sequence[Fact], at: datetime) -> Fact:
    begun = [fact for fact in facts if fact["kind"] == "start" and fact["effective_at"] <= at]
    return max(begun, key=lambda fact: (fact["effective_at"], fact["known_at"]))


def _row(
    kind: str,
    key: str,
    at: datetime,
    facts: Sequence[Fact],
    *,
    ends_at: datetime | None = None,
    version_key: str | None = "",
) -> Row:
    if version_key == "":
        version_key = _running(facts, at)["version_key"]
    row = {"kind": kind, "fact_key": key, "effective_at": at, "version_key": version_key}
    return row | {"ends_at": ends_at, "is_void": False, "attributes": "{}"}


def _void(fact: Fact) -> Row:
    """The same fact, taken back."""
    kept = {name: fact[name] for name in ("kind", "effective_at", "version_key", "ends_at")}
    key = str(fact["fact_key"]).removeprefix(f"{fact['subscription_id']}/")
    return kept | {"fact_key": key, "is_void": True, "attributes": "{}"}


def _filled(row: Row, change: Change, number: int, terms: Terms, at: datetime) -> Row:
    return row | {
        "message_id": f"tenure:{change.key}:{number}",
        "source": BILLING,
        "fact_key": f"{terms.subscription_id}/{row['fact_key']}",
        "account_key": change.account_id,
        "subscription_id": terms.subscription_id,
        "known_at": at,
        "received_at": at,
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE).astimezone(UTC)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())

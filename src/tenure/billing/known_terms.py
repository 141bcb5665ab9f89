"""Which terms hold of a subscription, as billing facts have it.

What a fact's columns have no place for is read from its attributes: `discount_percent`,
`discount_amount_minor`, `discount_ends_on`, `free_until_on` and `trial_ends_on` of a start, and
`change_key` of an invoice line that pays money back.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tenure.base.errors import Unavailable
from tenure.base.home import Home
from tenure.billing.kinds import later
from tenure.billing.system import Terms
from tenure.lake.narrowing import Only
from tenure.lake.reading import reading

_STATUSES = ("active", "trialing", "past_due", "paused", "free")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}

Fact = Mapping[str, Any]


def terms_known(home: Home, account_id: str, subscription_id: str, now: datetime) -> Terms | None:
    """The terms that the lake's facts have now, those just shipped among them; None without any.

    Raises Unavailable when the lake cannot be read.
    """
    return terms_of(facts_known(home, account_id), subscription_id, now, _zone(home))


def facts_known(home: Home, account_id: str) -> list[dict[str, Any]]:
    """Every billing fact of an account that holds, as rows. Raises Unavailable as above."""
    try:
        with reading(home, fresh=True, threads=1, only=Only(accounts=[account_id])) as reader:
            return reader.relation("billing_fact").to_pylist()
    except OSError as error:
        raise Unavailable(f"the lake cannot be read: {error}; ask again later") from None


def terms_of(
    facts: Iterable[Fact], subscription_id: str, at: datetime, zone: ZoneInfo
) -> Terms | None:
    """The terms at an instant; without a `subscription_id` those of the one that pays most.

    Days are cut in `zone`. An end or a pause that lies ahead is told; a start that lies ahead is
    the plan that follows.
    """
    by_subscription: dict[str, list[Fact]] = {}
    for fact in facts:
        by_subscription.setdefault(str(fact["subscription_id"] or ""), []).append(fact)
    if subscription_id:
        return _terms(by_subscription.get(subscription_id, []), subscription_id, at, zone)
    found = [_terms(some, name, at, zone) for name, some in by_subscription.items()]
    running = [each for each in found if each is not None]
    return max(
        running, key=lambda each: (each.status != "ended", each.mrr_minor or 0), default=None
    )


def _terms(facts: Sequence[Fact], name: str, at: datetime, zone: ZoneInfo) -> Terms | None:
    starts = _of(facts, "start")
    begun = [fact for fact in starts if fact["effective_at"] <= at]
    if not begun:
        return None
    start = begun[-1]
    said = _attributes(start)
    ends_at = _end(facts, start, starts)
    following = [fact for fact in starts if fact["effective_at"] > at][:1]
    following = [fact for fact in following if fact["plan"] != start["plan"]]
    pause = _pause(facts, at)
    free_until_on = _later_day(said.get("free_until_on"), at.astimezone(zone).date())
    share = 100.0 if free_until_on else _number(said.get("discount_percent"))
    status = start["status"] if start["status"] in _STATUSES else "active"
    if pause is not None and pause["effective_at"] <= at:
        status = "paused"
    if ends_at is not None and ends_at <= at:
        status = "ended"
    return Terms(
        subscription_id=name,
        status=status,
        plan=start["plan"] or "",
        billing_interval=start["billing_interval"] or "",
        quantity=start["quantity"],
        mrr_minor=start["mrr_minor"],
        currency=start["currency"] or "",
        period_ends_on=None if status == "ended" else _period_ends_on(begun, at, zone),
        cancels_on=_day(ends_at or _noticed(facts, start, at), zone),
        paused_until_on=_day(pause["ends_at"], zone) if pause is not None else None,
        trial_ends_on=_read_day(said.get("trial_ends_on")),
        percent_off=share,
        amount_off_minor=int(_number(said.get("discount_amount_minor")) or 0) or None,
        discount_ends_on=free_until_on or _read_day(said.get("discount_ends_on")),
        next_plan=following[0]["plan"] or "" if following else "",
        next_plan_on=_day(following[0]["effective_at"], zone) if following else None,
        refunds=_refunds(facts),
    )


def _of(facts: Sequence[Fact], *kinds: str) -> list[Fact]:
    some = [fact for fact in facts if fact["kind"] in kinds]
    return sorted(some, key=lambda f: (f["effective_at"], f["known_at"], f["message_id"]))


def _end(facts: Sequence[Fact], start: Fact, starts: Sequence[Fact]) -> datetime | None:
    """When the running version ends and nothing follows; of the whole, or of this version."""
    begun_at, version = start["effective_at"], start["version_key"]
    ends = [
        fact["effective_at"]
        for fact in _of(facts, "end")
        if fact["effective_at"] >= begun_at
        and (fact["version_key"] is None or fact["version_key"] == version)
    ]
    if not ends:
        return None
    goes_on = [fact for fact in starts if begun_at < fact["effective_at"] <= ends[0]]
    return None if goes_on else ends[0]


def _noticed(facts: Sequence[Fact], start: Fact, at: datetime) -> datetime | None:
    notices = [fact for fact in _of(facts, "notice") if fact["effective_at"] <= at]
    if not notices or notices[-1]["ends_at"] is None:
        return None
    ends_at: datetime = notices[-1]["ends_at"]
    return ends_at if ends_at > start["effective_at"] else None


def _pause(facts: Sequence[Fact], at: datetime) -> Fact | None:
    """The pause that holds or lies ahead."""
    turns = _of(facts, "pause", "resume")
    if not turns or turns[-1]["kind"] == "resume":
        return None
    ends_at = turns[-1]["ends_at"]
    return turns[-1] if ends_at is None or ends_at > at else None


def _period_ends_on(begun: Sequence[Fact], at: datetime, zone: ZoneInfo) -> date | None:
    """The next anniversary of the day from which this billing interval was paid."""
    last = begun[-1]
    interval, count = last["billing_interval"], last["billing_interval_count"] or 1
    anchor = last
    for fact in reversed(begun):
        if (fact["billing_interval"], fact["status"]) != (interval, last["status"]):
            break
        anchor = fact
    first_on, today = anchor["effective_at"].astimezone(zone).date(), at.astimezone(zone).date()
    if interval in _DAYS:
        days = _DAYS[interval] * count
        return later(first_on, 0, ((today - first_on).days // days + 1) * days)
    step = _MONTHS.get(interval, 0) * count
    if not step:
        return None
    months = (today.year - first_on.year) * 12 + today.month - first_on.month
    whole = max(months // step, 0) * step
    ends_on = later(first_on, whole)
    return ends_on if ends_on > today else later(first_on, whole + step)


def _refunds(facts: Sequence[Fact]) -> dict[str, int]:
    lines = [(fact, _attributes(fact).get("change_key")) for fact in _of(facts, "invoice_line")]
    return {str(key): -(fact["amount_minor"] or 0) for fact, key in lines if key}


def _attributes(fact: Fact) -> dict[str, Any]:
    try:
        found = json.loads(fact["attributes"] or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(stated: Any) -> float | None:
    try:
        return float(stated) or None
    except (TypeError, ValueError):
        return None


def _later_day(stated: Any, today: date) -> date | None:
    day = _read_day(stated)
    return day if day is not None and day > today else None


def _read_day(stated: Any) -> date | None:
    try:
        return date.fromisoformat(str(stated)) if stated else None
    except ValueError:
        return None


def _day(at: datetime | None, zone: ZoneInfo) -> date | None:
    return None if at is None else at.astimezone(zone).date()


def _zone(home: Home) -> ZoneInfo:
    return ZoneInfo(home.company.time_zone)

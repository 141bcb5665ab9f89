"""Is what billing says now what was promised?"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Protocol

from tenure.billing.kinds import day_of
from tenure.billing.signing import webhook_id
from tenure.billing.system import Terms

# A day over there may be cut in another time zone.
SLACK = timedelta(days=1)
ENDED = "ended"
NONE_THERE = "subscription: billing has none"


class Promised(Protocol):
    """What `agrees` asks of a change: `system.Change` and `models.BillingChange` have it."""

    key: Any
    kind: Any
    values: Any


def agrees(change: Promised, terms: Terms | None) -> list[str]:
    """What differs between a change and the terms that were read back; empty: as promised.

    Each is `field: what was promised, what billing has`. What billing says nothing about differs,
    because nothing shows that it was done. Terms of long afterwards are not for this: a pause that
    was kept and is over differs too.
    """
    if terms is None:
        return [] if change.kind == "cancel_now" else [NONE_THERE]
    if terms.status == ENDED and change.kind not in _MAY_HAVE_ENDED:
        return [f"status: promised {change.kind}, billing has it ended"]
    return [each for each in _CHECKS[change.kind](change.values, terms, change.key) if each]


def _pause(values: dict[str, Any], terms: Terms, _: str) -> list[str]:
    until_on = day_of(values.get("until_on"))
    if until_on is None:
        is_paused = terms.status == "paused" or terms.paused_until_on is not None
        return [] if is_paused else [f"status: promised paused, billing has {terms.status}"]
    return [_near("paused_until_on", until_on, terms.paused_until_on)]


def _resume(_: dict[str, Any], terms: Terms, __: str) -> list[str]:
    if terms.status != "paused" and terms.paused_until_on is None:
        return []
    return [f"paused_until_on: promised none, billing has {terms.paused_until_on or terms.status}"]


def _discount(values: dict[str, Any], terms: Terms, _: str) -> list[str]:
    return [
        _same("percent_off", values.get("percent_off"), terms.percent_off),
        _same("amount_off_minor", values.get("amount_off_minor"), terms.amount_off_minor),
        _near("discount_ends_on", day_of(values.get("until_on")), terms.discount_ends_on),
    ]


def _plan_change(values: dict[str, Any], terms: Terms, _: str) -> list[str]:
    if values.get("effective") == "period_end" and terms.next_plan:
        return [_same("next_plan", values["plan"], terms.next_plan)]
    return [
        _same("plan", values["plan"], terms.plan),
        _same("billing_interval", values.get("billing_interval"), terms.billing_interval),
        _same("quantity", values.get("quantity"), terms.quantity),
    ]


def _trial_extension(values: dict[str, Any], terms: Terms, _: str) -> list[str]:
    return [_not_before("trial_ends_on", day_of(values["until_on"]), terms.trial_ends_on)]


def _free_months(values: dict[str, Any], terms: Terms, _: str) -> list[str]:
    """Free is a discount of 100 % until then, or a trial: both are in use."""
    until_on = day_of(values["until_on"])
    if terms.percent_off == 100:
        return [_not_before("discount_ends_on", until_on, terms.discount_ends_on)]
    return [_not_before("trial_ends_on", until_on, terms.trial_ends_on)]


def _refund(values: dict[str, Any], terms: Terms, key: str) -> list[str]:
    found = terms.refunds.get(key, terms.refunds.get(webhook_id(key)))
    return [_same("refunds", values["amount_minor"], found)]


def _cancel_at_period_end(values: dict[str, Any], terms: Terms, _: str) -> list[str]:
    if terms.status == ENDED:
        return []
    ends_on = day_of(values.get("ends_on"))
    if ends_on is None and terms.cancels_on is not None:
        return []
    return [_near("cancels_on", ends_on, terms.cancels_on, "a day")]


def _cancel_now(_: dict[str, Any], terms: Terms, __: str) -> list[str]:
    return [] if terms.status == ENDED else [f"status: promised ended, billing has {terms.status}"]


def _uncancel(_: dict[str, Any], terms: Terms, __: str) -> list[str]:
    if terms.cancels_on is None:
        return []
    return [f"cancels_on: promised none, billing has {terms.cancels_on}"]


_CHECKS: dict[str, Callable[[dict[str, Any], Terms, str], list[str]]] = {
    "pause": _pause,
    "resume": _resume,
    "discount": _discount,
    "plan_change": _plan_change,
    "trial_extension": _trial_extension,
    "free_months": _free_months,
    "refund": _refund,
    "cancel_at_period_end": _cancel_at_period_end,
    "cancel_now": _cancel_now,
    "uncancel": _uncancel,
}
_MAY_HAVE_ENDED = frozenset({"cancel_at_period_end", "cancel_now", "refund"})


def _same(field: str, promised: Any, found: Any) -> str:
    if promised is None or promised == found:
        return ""
    return f"{field}: promised {promised}, billing has {_said(found)}"


def _near(field: str, promised: date | None, found: date | None, unsaid: str = "no end") -> str:
    if promised is None and found is None and unsaid == "no end":
        return ""
    if promised is not None and found is not None and abs(promised - found) <= SLACK:
        return ""
    return f"{field}: promised {promised or unsaid}, billing has {_said(found)}"


def _not_before(field: str, promised: date | None, found: date | None) -> str:
    if promised is not None and found is not None and found >= promised - SLACK:
        return ""
    return f"{field}: promised {promised}, billing has {_said(found)}"


def _said(found: Any) -> str:
    return "none" if found in (None, "") else str(found)

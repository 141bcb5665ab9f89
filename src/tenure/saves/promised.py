"""Which price was promised for a day, by the terms that were shown and stored."""

from collections.abc import Mapping
from datetime import date
from typing import Any

SLACK_SHARE = 0.01  # what rounding of a year's price to months may come to


def promised_minor(
    offer_kind: str, terms: Mapping[str, Any], before_minor: int, day: date
) -> int | None:
    """MRR that was promised for a day, in minor units; None where the offer says nothing of it."""
    if offer_kind not in _SPANS:
        return None
    starts, ends, during = _SPANS[offer_kind]
    starts_on, ends_on = _day(terms.get(starts)), _day(terms.get(ends))
    if starts_on is not None and day < starts_on:
        return _amount(terms, "price_before_minor", before_minor)
    if ends_on is not None and day < ends_on:
        return 0 if during == "" else _amount(terms, during, None)
    return _amount(terms, "price_after_minor", None)


def a_month_minor(price_minor: int, terms: Mapping[str, Any]) -> int:
    """A price of these terms as so much a month: it is for `bill_months`, else for one."""
    months = int(terms.get("bill_months") or 1)
    return (2 * price_minor + months) // (2 * months)


def is_as_promised(price_minor: int, promised: int | None) -> bool:
    """Whether no more is taken than was promised; less breaks no promise."""
    return promised is None or price_minor <= promised + max(1, round(promised * SLACK_SHARE))


# By kind: from when, until when, and what is paid meanwhile (empty: nothing).
_SPANS = {
    "cheaper_plan": ("starts_on", "", ""),
    "pause": ("starts_on", "resumes_on", ""),
    "dormant": ("sleeps_on", "wakes_on", ""),
    "free_months": ("starts_on", "ends_on", ""),
    "discount": ("starts_on", "ends_on", "price_during_minor"),
    "trial_extension": ("", "ends_on", ""),
}


def _day(said: Any) -> date | None:
    return date.fromisoformat(said) if said else None


def _amount(terms: Mapping[str, Any], name: str, otherwise: int | None) -> int | None:
    value = terms.get(name)
    return otherwise if value is None else a_month_minor(int(value), terms)

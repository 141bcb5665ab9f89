"""What an account has held, line by line, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.console import format as written


@dataclass(frozen=True, slots=True)
class Period:
    """One version of a subscription. `source_ref` is the line that said so."""

    plan: str
    status: str
    is_paying: bool
    starts: str
    ends: str
    is_current: bool
    price: str
    mrr: str
    seats: str
    source: str
    source_ref: str


def periods_shown(rows: Sequence[Mapping[str, Any]], today: date) -> list[Period]:
    """The newest first; empty stretches, which never stood at the end of a day, stay out."""
    return [
        _period(row, today)
        for row in rows
        if row["ends_on"] is None or row["ends_on"] > row["starts_on"]
    ]


def _period(row: Mapping[str, Any], today: date) -> Period:
    ends_on, currency = row["ends_on"], str(row["currency"])
    is_current = row["starts_on"] <= today and (ends_on is None or ends_on > today)
    return Period(
        plan=str(row["plan"] or _("no plan")),
        status=status_words(str(row["status"])),
        is_paying=bool(row["is_paying"]),
        starts=written.day(row["starts_on"]),
        ends=written.day(ends_on) if ends_on else _("open-ended"),
        is_current=is_current,
        price=_price(row, currency),
        mrr=written.money(row["mrr_minor"], currency, whole=False),
        seats=written.number(row["quantity"]),
        source=str(row["source"]),
        source_ref=str(row["source_ref"] or ""),
    )


def status_words(status: str) -> str:
    return {
        "active": _("active"),
        "trialing": _("trial"),
        "past_due": _("payment overdue"),
        "paused": _("paused"),
        "free": _("free"),
    }.get(status, status)


def _price(row: Mapping[str, Any], currency: str) -> str:
    """`€1,200 per 3 months`; a dash where nothing names a price."""
    if row["amount_minor"] is None:
        return written.MISSING
    amount = written.money(row["amount_minor"], currency, whole=False)
    interval = str(row["billing_interval"] or "")
    if not interval:
        return amount
    return _("%(amount)s per %(interval)s") % {
        "amount": amount,
        "interval": interval_words(interval, int(row["billing_interval_count"] or 1)),
    }


def interval_words(interval: str, count: int) -> str:
    forms = {
        "day": ngettext("day", "%(n)s days", count),
        "week": ngettext("week", "%(n)s weeks", count),
        "month": ngettext("month", "%(n)s months", count),
        "quarter": ngettext("quarter", "%(n)s quarters", count),
        "year": ngettext("year", "%(n)s years", count),
    }
    return forms.get(interval, interval) % {"n": written.number(count)}

"""What the cancel flow kept, and what difference it made: `report(home, first_on, before_on)`.

docs/proof.md says what each figure means.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.utils.translation import ngettext

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.offboard.report_counting import Frame, report_of
from tenure.offboard.report_parts import Report
from tenure.offboard.report_rows import rows_of
from tenure.offers.book import offer_book

BY = ("offer", "reason", "segment", "plan", "stage", "flow")
USUAL = BY[:3]

__all__ = ["BY", "Report", "report"]


def report(
    home: Home,
    first_on: date | None,
    before_on: date,
    *,
    now: datetime,
    by: Sequence[str] = USUAL,
    currency: str = "",
) -> Report:
    """The report of live visits opened from `first_on` (None: the first) until before `before_on`.

    Amounts are in `currency`, the company's unless named, at the rates of the visits' days. Raises
    InvalidInput for a `by` that is none, or days in the wrong order.
    """
    for name in by:
        if name not in BY:
            raise InvalidInput(f"by: {name!r} is none; use {', '.join(BY)}", field="by")
    if first_on is not None and first_on >= before_on:
        raise InvalidInput(
            f"first_on: {first_on} is not before {before_on}; swap them", field="first_on"
        )
    into = currency or home.company.currency
    rows = rows_of(home, first_on, before_on, currency=into, now=now)
    gross = offer_book().budget.gross_margin_share
    found = report_of(rows.passed, rows.watched, Frame(first_on, before_on, into, gross, tuple(by)))
    if not rows.without_rate:
        return found
    note = ngettext(
        "%(count)s account is left out of the margin: there is no rate into %(currency)s.",
        "%(count)s accounts are left out of the margin: there is no rate into %(currency)s.",
        rows.without_rate,
    ) % {"count": rows.without_rate, "currency": into}
    return replace(found, notes=(*found.notes, note))

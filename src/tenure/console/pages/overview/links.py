"""Addresses of what stands behind a figure: its accounts, and how it is computed."""

from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from tenure.console.pages.overview.view import month_text

NO_GROUP: tuple[str, str | None] = ("", None)


def movements_link(
    months: tuple[date, date], kind: str, scope: str, group: tuple[str, str | None] = NO_GROUP
) -> str:
    """The accounts whose movements of `kind` (empty: all) make up a figure of these months.

    `group` is a column and a value of it, None for accounts without one.
    """
    first, last = map(month_text, months)
    values = {"month": first} if first == last else {"from": first, "to": last}
    if kind:
        values["kind"] = kind
    if scope:
        values["currency"] = scope
    column, name = group
    if column:
        values["by"] = column
    if column and name is not None:
        values["group"] = name
    return f"{reverse('movements')}?{urlencode(values)}"


def paying_link(month: date, scope: str, group: tuple[str, str | None] = NO_GROUP) -> str:
    """The accounts that pay at the end of a month, with what they pay."""
    return movements_link((month, month), "paying", scope, group)


def explain_link(metric: str, month: date, scope: str) -> str:
    """How the figure `metric` of a month is computed."""
    values = {"month": month_text(month)}
    if scope:
        values["currency"] = scope
    return f"{reverse('explain', args=[metric])}?{urlencode(values)}"

"""What an overview link asks for: months, comparison, currency, split; and back into a link."""

from dataclasses import dataclass, replace
from datetime import date

from django.http import QueryDict

from tenure.base.months import Months, previous_month, read_month

COMPARISONS = ("previous", "year", "none")
DEFAULT_SPAN = 13  # twelve whole months and the one that runs
LONGEST_SPAN = 120


@dataclass(frozen=True, slots=True)
class View:
    """The state of the page. `latest` is the last month there is anything to say about."""

    first: date
    last: date
    compare: str
    scope: str  # a currency, or `all`; empty: the first of those there are
    by: str  # empty: no split
    latest: date

    @property
    def months(self) -> Months:
        return Months(self.first, self.last)

    @property
    def span(self) -> int:
        return months_between(self.first, self.last) + 1

    @property
    def shift(self) -> int:
        """How many months before a month of the lines the one it is compared with lies."""
        return {"previous": self.span, "year": 12, "none": 0}[self.compare]

    @property
    def step(self) -> int:
        """The same for the month of the headline figures."""
        return {"previous": 1, "year": 12, "none": 0}[self.compare]

    def query(self, **changes: object) -> str:
        """The query string of this view with changes; what is default is left out."""
        changed = replace(self, **changes)
        link = QueryDict(mutable=True)
        if changed.first != default_first(self.latest) or changed.last != self.latest:
            link["from"], link["to"] = month_text(changed.first), month_text(changed.last)
        if changed.compare != "previous":
            link["compare"] = changed.compare
        if changed.scope:
            link["currency"] = changed.scope
        if changed.by:
            link["by"] = changed.by
        return link.urlencode()


def read_view(query: QueryDict, latest: date, scopes: list[str], splits: list[str]) -> View:
    """The view in a link; what it does not understand falls back to the default."""
    last = min(_month(query.get("to")) or latest, latest)
    first = _month(query.get("from")) or default_first(last)
    if first > last:
        first, last = last, min(first, latest)
    first = max(first, months_before(last, LONGEST_SPAN - 1))
    compare = query.get("compare", "previous")
    scope = read_scope(query, scopes)
    by = query.get("by", "")
    return View(
        first=first,
        last=last,
        compare=compare if compare in COMPARISONS else "previous",
        scope=scope if scopes and scope != scopes[0] else "",
        by=by if by in splits else "",
        latest=latest,
    )


def read_scope(query: QueryDict, scopes: list[str]) -> str:
    """The currency (or `all`) that a link names, else the first of `scopes`."""
    asked = query.get("currency", "")
    known = {scope.upper(): scope for scope in scopes}
    return known.get(asked.upper(), scopes[0] if scopes else "")


def default_first(last: date) -> date:
    return months_before(last, DEFAULT_SPAN - 1)


def months_before(month: date, count: int) -> date:
    for _ in range(count):
        month = previous_month(month)
    return month


def months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def month_text(month: date) -> str:
    return f"{month:%Y-%m}"


def _month(text: str | None) -> date | None:
    try:
        return read_month(text) if text else None
    except ValueError:
        return None

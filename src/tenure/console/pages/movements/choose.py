"""Which movements a link asks for, and finding them."""

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from django.http import QueryDict
from django.utils.translation import gettext as _

from tenure.base.months import month_of, next_month, read_month
from tenure.console.charts.mrr_movements import kind_words
from tenure.console.pages.overview.figures import (
    ALL,
    Ground,
    GroundKey,
    home,
    shown_currency,
    split_columns,
)
from tenure.console.pages.overview.view import month_text, read_scope
from tenure.lake.reading import Reader, reading
from tenure.measure.explain import MOVED, NO_LIMIT, Figure, accounts_behind
from tenure.measure.movements import movements
from tenure.measure.notices import Notice, notices

KINDS = {
    "": None,
    "new": ("new",),
    "expansion": ("expansion",),
    "reactivation": ("reactivation",),
    "contraction": ("contraction",),
    "churn": ("churn",),
    "won": ("new", "reactivation"),
    "lost": ("contraction", "churn"),
}
SPECIAL = {"notice", "paying"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Months (both ends included), kind and scope (a currency, or `all`) of a link.

    `by` names a column, and `group` a value of it, None for accounts without one; no column, no
    group. `currency` is what amounts are written in.
    """

    first: date
    last: date
    kind: str
    scope: str
    currency: str
    by: str = ""
    group: str | None = None

    def query(self, **changes: object) -> str:
        names = {name: value for name, value in changes.items() if name != "page"}
        changed = replace(self, **names)
        link = QueryDict(mutable=True)
        if changed.first == changed.last:
            link["month"] = month_text(changed.first)
        else:
            link["from"], link["to"] = month_text(changed.first), month_text(changed.last)
        values = {"kind": changed.kind, "currency": changed.scope, "by": changed.by,
                  "page": changes.get("page")}  # fmt: skip
        if changed.by and changed.group is not None:
            link["group"] = changed.group
        for name, value in values.items():
            if value:
                link[name] = str(value)
        return link.urlencode()


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement; or a notice (which moves nothing yet: no delta, and the day it ends); or an
    account that pays at the end of a month, `on` its last day.
    """

    account_id: str
    kind: str
    on: date
    currency: str
    delta_minor: int | None
    before_minor: int | None
    after_minor: int | None
    ends_on: date | None = None
    is_withdrawn: bool = False

    @property
    def kind_words(self) -> str:
        if self.is_withdrawn:
            return _("Notice, withdrawn")
        if self.kind == "paying":
            return _("Paying")
        return kind_words().get(self.kind) or _("Notice")


def read_asked(query: QueryDict, found: Ground) -> Asked:
    """What a link asks for; without months, the last one there is anything to say about."""
    latest = found.latest or month_of(found.today)
    month = _month(query.get("month"))
    first = month or _month(query.get("from")) or latest
    last = month or _month(query.get("to")) or max(first, latest)
    first, last = min(first, last), min(max(first, last), month_of(found.today))
    if first != last and found.earliest:
        first = max(first, found.earliest)
    kind = query.get("kind", "")
    scope = read_scope(query, found.scopes) or home().company.currency
    by = query.get("by", "")
    by = by if by in split_columns(found.number) else ""
    return Asked(
        first=min(first, last),
        last=last,
        kind=kind if kind in KINDS or kind in SPECIAL else "",
        scope=scope,
        currency=shown_currency(found, scope),
        by=by,
        group=query.get("group") if by else None,
    )


def moved(found: Ground, asked: Asked) -> list[Moved]:
    """The movements asked for, the greatest change first; notices by day, the latest first; who
    pays, the greatest first.

    Over all currencies, movements are those of an account's total, converted: they add up to the
    figure they stand behind. What somebody pays stays in the currency it is paid in.
    """
    if not found.number:
        return []
    return list(_moved(found.key, asked))


@lru_cache(maxsize=64)
def _moved(found: GroundKey, asked: Asked) -> tuple[Moved, ...]:
    with reading(home(), threads=1) as reader:
        if asked.kind == "notice":
            return _noticed(reader, found.today, asked)
        if asked.kind == "paying":
            return _paying(reader, found.today, asked)
        return _movements(reader, found.today, asked)


def _movements(reader: Reader, today: date, asked: Asked) -> tuple[Moved, ...]:
    kinds = KINDS[asked.kind]
    found = movements(
        reader,
        first_on=asked.first,
        before_on=_before_on(asked, today),
        currency=asked.currency,
        into=asked.currency if asked.scope == ALL else None,
    )
    found = [row for row in found if kinds is None or row.kind in kinds]
    if asked.by:
        months = sorted({month_of(row.moved_on) for row in found})
        members = {month: _group(reader, month, today, asked) for month in months}
        found = [row for row in found if row.account_id in members[month_of(row.moved_on)]]
    rows = [
        Moved(row.account_id, row.kind, row.moved_on, row.currency, row.delta_minor,
              row.mrr_before_minor, row.mrr_after_minor)
        for row in found
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (-abs(row.delta_minor or 0), row.account_id)))


def _group(reader: Reader, month: date, today: date, asked: Asked) -> set[str]:
    """The accounts whose movements of a month count in the group that is asked for."""
    behind, _count = accounts_behind(reader, _figure(MOVED, month, today, asked), limit=NO_LIMIT)
    return {one.account_id for one in behind}


def _paying(reader: Reader, today: date, asked: Asked) -> tuple[Moved, ...]:
    figure = _figure("accounts_at_end", asked.last, today, asked)
    behind, _count = accounts_behind(reader, figure, limit=NO_LIMIT)
    on = date.fromordinal(_before_on(asked, today).toordinal() - 1)
    rows = [
        Moved(one.account_id, "paying", on, one.currency, None, one.start_minor, one.end_minor)
        for one in behind
        if one.end_minor
    ]
    return tuple(sorted(rows, key=lambda row: (-(row.after_minor or 0), row.account_id)))


def _figure(field: str, month: date, today: date, asked: Asked) -> Figure:
    return Figure(
        field,
        month,
        asked.currency,
        by=asked.by or None,
        group=asked.group,
        is_converted=asked.scope == ALL,
        until_on=today,
    )


def _noticed(reader: Reader, today: date, asked: Asked) -> tuple[Moved, ...]:
    said = notices(reader, first_on=asked.first, before_on=_before_on(asked, today))
    rows = [
        _notice(row)
        for row in said
        if row.currency and (asked.scope == ALL or row.currency == asked.scope)
    ]
    return tuple(sorted(rows, key=lambda row: (row.on, row.account_id), reverse=True))


def _before_on(asked: Asked, today: date) -> date:
    return min(next_month(asked.last), date.fromordinal(today.toordinal() + 1))


def _notice(row: Notice) -> Moved:
    return Moved(
        account_id=row.account_id,
        kind="notice",
        on=row.noticed_on,
        currency=row.currency or "",
        delta_minor=None,
        before_minor=row.mrr_minor,
        after_minor=None,
        ends_on=row.ends_on,
        is_withdrawn=row.is_withdrawn,
    )


def _month(text: str | None) -> date | None:
    try:
        return read_month(text) if text else None
    except ValueError:
        return None

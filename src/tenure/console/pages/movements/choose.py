"""Which movements a link asks for, and finding them."""

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from django.http import QueryDict
from django.utils.translation import gettext as _

from tenure.base.months import month_of, next_month, read_month
from tenure.console.charts.mrr_movements import kind_words
from tenure.console.pages.overview.figures import ALL, Ground, GroundKey, home
from tenure.console.pages.overview.view import month_text, read_scope
from tenure.lake.reading import reading
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
SPECIAL = {"notice"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Months (both ends included), kind and scope (a currency, or `all`) of a link."""

    first: date
    last: date
    kind: str
    scope: str

    def query(self, **changes: object) -> str:
        names = {name: value for name, value in changes.items() if name != "page"}
        changed = replace(self, **names)
        link = QueryDict(mutable=True)
        if changed.first == changed.last:
            link["month"] = month_text(changed.first)
        else:
            link["from"], link["to"] = month_text(changed.first), month_text(changed.last)
        values = {"kind": changed.kind, "currency": changed.scope, "page": changes.get("page")}
        for name, value in values.items():
            if value:
                link[name] = str(value)
        return link.urlencode()


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement, or a notice (which moves nothing yet: no delta, and the day it ends)."""

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
        return kind_words().get(self.kind) or _("Notice")


def read_asked(query: QueryDict, found: Ground) -> Asked:
    """What a link asks for; without months, the last one there is anything to say about."""
    latest = found.latest or month_of(found.today)
    month = _month(query.get("month"))
    first = month or _month(query.get("from")) or latest
    last = month or _month(query.get("to")) or max(first, latest)
    kind = query.get("kind", "")
    return Asked(
        first=min(first, last),
        last=max(first, last),
        kind=kind if kind in KINDS or kind in SPECIAL else "",
        scope=read_scope(query, found.scopes) or home().company.currency,
    )


def moved(found: Ground, asked: Asked) -> list[Moved]:
    """The movements asked for, the greatest change first; notices by day, the latest first."""
    if not found.number:
        return []
    return list(_moved(found.key, asked))


@lru_cache(maxsize=64)
def _moved(found: GroundKey, asked: Asked) -> tuple[Moved, ...]:
    before_on = min(next_month(asked.last), date.fromordinal(found.today.toordinal() + 1))
    currency = None if asked.scope == ALL else asked.scope
    with reading(home(), threads=1) as reader:
        if asked.kind == "notice":
            said = notices(reader, first_on=asked.first, before_on=before_on)
            rows = [
                _notice(row) for row in said if row.currency and currency in (None, row.currency)
            ]
            return tuple(sorted(rows, key=lambda row: (row.on, row.account_id), reverse=True))
        kinds = KINDS[asked.kind]
        all_kinds = movements(reader, first_on=asked.first, before_on=before_on, currency=currency)
    rows = [
        Moved(row.account_id, row.kind, row.moved_on, row.currency, row.delta_minor,
              row.mrr_before_minor, row.mrr_after_minor)
        for row in all_kinds
        if kinds is None or row.kind in kinds
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (-abs(row.delta_minor or 0), row.account_id)))


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

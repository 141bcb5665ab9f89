"""The accounts behind a bar or a figure: who moved, when, by how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.card.models import AccountCard
from tenure.console import format as written
from tenure.console.charts.mrr_movements import kind_words
from tenure.console.download import csv_reply
from tenure.console.pages.frame import page_reply
from tenure.console.pages.movements.choose import (
    KINDS,
    SPECIAL,
    Asked,
    Moved,
    moved,
    read_asked,
)
from tenure.console.pages.overview.figures import ground

PAGE_ROWS = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One movement or notice, with what its account is called."""

    account_id: str
    name: str
    moved: Moved


@require_GET
def movements_page(request: HttpRequest) -> HttpResponse:
    found = ground(system_clock())
    asked = read_asked(request.GET, found)
    rows = moved(found, asked)
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page", "1"))
    context = {
        "asked": asked,
        "page": page,
        "rows": _named(list(page)),
        "total": _total(rows),
        "accounts": len({row.account_id for row in rows}),
        "tabs": _tabs(asked),
        "words": _words(),
        "here": asked.query(),
        "has_money": asked.kind not in SPECIAL,
        "next": asked.query(page=page.number + 1) if page.has_next() else None,
        "previous": asked.query(page=page.number - 1) if page.has_previous() else None,
    }
    return page_reply(request, "movements", _title(asked, rows), context, place="overview")


@require_GET
def movements_csv(request: HttpRequest) -> HttpResponse:
    found = ground(system_clock())
    asked = read_asked(request.GET, found)
    head = ["account_id", "name", "moved_on", "kind", "delta_minor", "mrr_before_minor",
            "mrr_after_minor", "currency"]  # fmt: skip
    lines = (
        [row.account_id, row.name, row.moved.on, row.moved.kind, row.moved.delta_minor,
         row.moved.before_minor, row.moved.after_minor, row.moved.currency]
        for row in _named(moved(found, asked))
    )  # fmt: skip
    return csv_reply("movements.csv", head, lines)


def _total(rows: Sequence[Moved]) -> str:
    """The sum of all changes; a sum for each currency where there are several."""
    sums: dict[str, int] = {}
    for row in rows:
        sums[row.currency] = sums.get(row.currency, 0) + (row.delta_minor or 0)
    texts = [written.money(total, code, sign=True) for code, total in sorted(sums.items())]
    return " · ".join(texts) or written.number(0)


def _named(rows: Sequence[Moved]) -> list[Row]:
    names: dict[str, str] = {}
    ids = list({row.account_id for row in rows})
    for start in range(0, len(ids), 500):
        part = AccountCard.objects.filter(account_id__in=ids[start : start + 500])
        names.update(part.values_list("account_id", "name"))
    return [Row(row.account_id, names.get(row.account_id) or row.account_id, row) for row in rows]


def _title(asked: Asked, rows: Sequence[Moved]) -> str:
    count = len({row.account_id for row in rows})
    period = period_words(asked.first, asked.last)
    sentence = {
        "new": ngettext("%(n)s account began to pay in %(period)s",
                        "%(n)s accounts began to pay in %(period)s", count),
        "reactivation": ngettext("%(n)s account returned in %(period)s",
                                 "%(n)s accounts returned in %(period)s", count),
        "churn": ngettext("%(n)s account stopped paying in %(period)s",
                          "%(n)s accounts stopped paying in %(period)s", count),
        "expansion": ngettext("%(n)s account came to pay more in %(period)s",
                              "%(n)s accounts came to pay more in %(period)s", count),
        "contraction": ngettext("%(n)s account came to pay less in %(period)s",
                                "%(n)s accounts came to pay less in %(period)s", count),
        "won": ngettext("%(n)s account came or returned in %(period)s",
                        "%(n)s accounts came or returned in %(period)s", count),
        "lost": ngettext("%(n)s account paid less or nothing after %(period)s",
                         "%(n)s accounts paid less or nothing after %(period)s", count),
        "notice": ngettext("%(n)s account gave notice in %(period)s",
                           "%(n)s accounts gave notice in %(period)s",
                           count),
    }.get(asked.kind) or ngettext(
        "MRR of %(n)s account moved in %(period)s", "MRR of %(n)s accounts moved in %(period)s",
        count,
    )  # fmt: skip
    return sentence % {"n": written.number(count), "period": period}


def period_words(first: date, last: date) -> str:
    if first == last:
        return written.month_long(first)
    return _("%(first)s to %(last)s") % {
        "first": written.month(first), "last": written.month(last),
    }  # fmt: skip


def _words() -> dict[str, str]:
    return {**kind_words(), "notice": _("Notice")}


def _tabs(asked: Asked) -> list[tuple[str, str, bool]]:
    words = kind_words()
    titles = {
        "": _("All"),
        "new": words["new"],
        "expansion": words["expansion"],
        "reactivation": words["reactivation"],
        "contraction": words["contraction"],
        "churn": words["churn"],
        "notice": _("Notices"),
    }
    assert set(titles) <= {"", *KINDS, *SPECIAL}
    return [
        (title, asked.query(kind=kind, page=""), kind == asked.kind)
        for kind, title in titles.items()
    ]

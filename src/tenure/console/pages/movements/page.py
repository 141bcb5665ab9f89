"""The accounts behind a bar or a figure: who moved, when, by how much."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.months import Months, month_of
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
from tenure.console.pages.overview.figures import ALL, Ground, churn_months, ground
from tenure.console.pages.overview.splits import SPLIT_TITLES

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
    accounts = len({row.account_id for row in rows})
    context = {
        "asked": asked,
        "page": page,
        "rows": _named(list(page)),
        "total": _total(found, asked, rows),
        "accounts": accounts,
        "is_several": asked.kind not in SPECIAL and accounts < len(rows),
        "is_in_own_currency": asked.kind == "paying" and asked.scope == ALL,
        "tabs": _tabs(asked),
        "words": _words(),
        "here": asked.query(),
        "mode": asked.kind if asked.kind in SPECIAL else "moved",
        "next": asked.query(page=page.number + 1) if page.has_next() else None,
        "previous": asked.query(page=page.number - 1) if page.has_previous() else None,
    }
    return page_reply(request, "movements", _title(found, asked, rows), context, place="overview")


@require_GET
def movements_csv(request: HttpRequest) -> HttpResponse:
    found = ground(system_clock())
    asked = read_asked(request.GET, found)
    head, line = CSV.get(asked.kind, CSV[""])
    lines = ([row.account_id, row.name, *line(row.moved)] for row in _named(moved(found, asked)))
    return csv_reply(request, "movements.csv", ["account_id", "name", *head], lines)


CSV: dict[str, tuple[list[str], Callable[[Moved], list[object]]]] = {
    "": (
        ["moved_on", "kind", "delta_minor", "mrr_before_minor", "mrr_after_minor", "currency"],
        lambda one: [
            one.on, one.kind, one.delta_minor, one.before_minor, one.after_minor, one.currency
        ],
    ),
    "notice": (
        ["noticed_on", "ends_on", "is_withdrawn", "mrr_minor", "currency"],
        lambda one: [one.on, one.ends_on, one.is_withdrawn, one.before_minor, one.currency],
    ),
    "paying": (
        ["on", "mrr_at_start_minor", "mrr_at_end_minor", "currency"],
        lambda one: [one.on, one.before_minor, one.after_minor, one.currency],
    ),
}  # fmt: skip


def _total(found: Ground, asked: Asked, rows: Sequence[Moved]) -> str:
    """The figure that the list stands behind: the sum of all changes, or what all pay together.

    What is paid in several currencies is converted as on the overview, by the same calculation.
    """
    if asked.kind == "paying":
        months = churn_months(found, Months(asked.last, asked.last), asked.scope, asked.by)
        mine = [row for row in months if not asked.by or row.group == asked.group]
        return written.money(sum(row.mrr_at_end_minor for row in mine), asked.currency)
    return written.money(sum(row.delta_minor or 0 for row in rows), asked.currency, sign=True)


def _named(rows: Sequence[Moved]) -> list[Row]:
    names: dict[str, str] = {}
    ids = list({row.account_id for row in rows})
    for start in range(0, len(ids), 500):
        part = AccountCard.objects.filter(account_id__in=ids[start : start + 500])
        names.update(part.values_list("account_id", "name"))
    return [Row(row.account_id, names.get(row.account_id) or row.account_id, row) for row in rows]


def _title(found: Ground, asked: Asked, rows: Sequence[Moved]) -> str:
    title = _sentence(asked, rows, is_now=asked.last == month_of(found.today))
    if not asked.by:
        return title
    return _("%(sentence)s (%(column)s: %(group)s)") % {
        "sentence": title,
        "column": SPLIT_TITLES.get(asked.by, asked.by),
        "group": asked.group if asked.group is not None else _("no value"),
    }


def _sentence(asked: Asked, rows: Sequence[Moved], *, is_now: bool) -> str:
    count = len({row.account_id for row in rows})
    if asked.kind == "paying":
        return _paying_sentence(count, asked.last, is_now=is_now)
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


def _paying_sentence(count: int, month: date, *, is_now: bool) -> str:
    sentence = (
        ngettext("%(n)s account pays now", "%(n)s accounts pay now", count)
        if is_now
        else ngettext(
            "%(n)s account paid at the end of %(month)s",
            "%(n)s accounts paid at the end of %(month)s",
            count,
        )
    )
    return sentence % {"n": written.number(count), "month": written.month_long(month)}


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
        "paying": _("Paying accounts"),
    }
    if asked.by:
        del titles["notice"]  # a notice belongs to no group
    assert set(titles) <= {"", *KINDS, *SPECIAL}
    return [
        (title, asked.query(kind=kind, page=""), kind == asked.kind)
        for kind, title in titles.items()
    ]

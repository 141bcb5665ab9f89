"""Accounts: search, filter, order, page, export."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.card.models import AccountCard, Status
from tenure.console import format as written
from tenure.console.download import csv_reply
from tenure.console.pages.accounts.choose import (
    PAGE_ROWS,
    Choice,
    chosen,
    filter_options,
    mrr_by_currency,
    read_choice,
)
from tenure.console.pages.accounts.columns import COLUMNS, Column
from tenure.console.pages.frame import is_part, page_reply
from tenure.console.pages.segments.from_filters import condition_of
from tenure.lake.manifest import read_manifest
from tenure.segments.built_in import STAGES
from tenure.segments.definition import segments
from tenure.segments.vocabulary import ACCOUNT
from tenure.tasks.choose_tasks import today_of

TABLE = "accounts-table"
FILTER_TITLES = {
    "plan": gettext_lazy("Plan"),
    "country": gettext_lazy("Country"),
    "industry": gettext_lazy("Industry"),
    "segment": gettext_lazy("Segment"),
    "size": gettext_lazy("Size"),
    "region": gettext_lazy("Region"),
    "referral_source": gettext_lazy("Came through"),
}


@dataclass(frozen=True, slots=True)
class Header:
    title: str | Promise
    is_number: bool
    sorted: str  # ascending | descending | none
    query: str


@dataclass(frozen=True, slots=True)
class Filter:
    name: str
    title: str | Promise
    options: list[tuple[str, str]]
    value: str


@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    choice = read_choice(request.GET)
    cards = chosen(choice, _today())
    page = Paginator(cards, PAGE_ROWS).get_page(choice.page)
    context = {
        "choice": choice,
        "page": page,
        "headers": [_header(choice, column) for column in choice.columns],
        "rows": [(card, _cells(card, choice.columns)) for card in page],
        "summary": _summary(page.paginator.count, mrr_by_currency(cards)),
        "previous": choice.query(page=page.number - 1) if page.has_previous() else None,
        "next": choice.query(page=page.number + 1) if page.has_next() else None,
        "here": choice.query(),
    }
    if is_part(request, TABLE):
        return render(request, "pages/accounts/table.html", context)
    context["filters"] = _filters(choice)
    context["all_columns"] = [(column, column.key in choice.keys) for column in COLUMNS[1:]]
    context["as_segment"] = condition_of(choice.filters)
    context["is_empty"] = not page.paginator.count and not AccountCard.objects.exists()
    return page_reply(request, "accounts", _title(), context)


@require_GET
def accounts_csv(request: HttpRequest) -> HttpResponse:
    """All chosen accounts with every column, exact: minor units, ISO dates."""
    cards = chosen(read_choice(request.GET), _today())
    head = [
        "account_id",
        *(f"{column.key}{'_minor' * (column.key == 'mrr')}" for column in COLUMNS),
    ]
    head.append("currency")
    rows = (
        [card.account_id, *(column.raw(card) for column in COLUMNS), card.currency]
        for card in cards.iterator(chunk_size=2000)
    )
    return csv_reply(request, "accounts.csv", head, rows)


def _today() -> date:
    return today_of(system_clock(), settings.TENURE_HOME.company.time_zone)


def _title() -> str:
    paying = AccountCard.objects.filter(status__in=[Status.PAYING, Status.LEAVING]).count()
    leaving = AccountCard.objects.filter(status=Status.LEAVING).count()
    if not paying:
        return _("Accounts")
    title = ngettext("%(n)s account pays", "%(n)s accounts pay", paying)
    title %= {"n": written.number(paying)}
    if leaving:
        notice = ngettext(
            "%(n)s of them has given notice", "%(n)s of them have given notice", leaving
        ) % {"n": written.number(leaving)}
        return _("%(first)s, %(second)s") % {"first": title, "second": notice}
    return title


def _summary(count: int, sums: list[tuple[str, int]]) -> str:
    text = ngettext("%(n)s account", "%(n)s accounts", count) % {"n": written.number(count)}
    default = settings.TENURE_HOME.company.currency
    amounts = [written.money(total, currency or default) for currency, total in sums[:3]]
    if not amounts:
        return text
    return _("%(accounts)s · %(amounts)s MRR") % {"accounts": text, "amounts": " + ".join(amounts)}


def _cells(card: AccountCard, columns: list[Column]) -> list[tuple[Column, str]]:
    return [(column, column.text(card)) for column in columns[1:]]


def _header(choice: Choice, column: Column) -> Header:
    up, down = column.key, f"-{column.key}"
    # Numbers are asked for with the greatest first, words from A.
    first, second = (down, up) if column.is_number else (up, down)
    return Header(
        title=column.title,
        is_number=column.is_number,
        sorted={up: "ascending", down: "descending"}.get(choice.order, "none"),
        query=choice.query(sort=second if choice.order == first else first, page=""),
    )


def _filters(choice: Choice) -> list[Filter]:
    manifest = read_manifest(settings.TENURE_HOME)
    options = filter_options(manifest.number if manifest else 0, str(settings.TENURE_HOME.root))
    statuses = [(value, str(label)) for value, label in Status.choices]
    filters = [Filter("status", _("Status"), statuses, choice.filters.get("status", ""))]
    stages = [(value, str(words[0])) for value, words in STAGES.items()]
    filters.append(Filter("stage", _("Stage"), stages, choice.filters.get("stage", "")))
    held = [(s.name, str(s.title)) for s in segments() if s.over == ACCOUNT]
    held = [pair for pair in held if not pair[0].startswith("stage_")]
    filters.append(Filter("in", _("In segment"), held, choice.filters.get("in", "")))
    for name, values in options.items():
        pairs = [(value, value) for value in values]
        filters.append(Filter(name, FILTER_TITLES[name], pairs, choice.filters.get(name, "")))
    return filters

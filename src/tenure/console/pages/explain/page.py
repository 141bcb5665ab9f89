"""How is this computed: definition, rule set, parts, accounts, movements, lines of input, SQL."""

from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.months import previous_month
from tenure.card.models import AccountCard
from tenure.console import format as written
from tenure.console.pages.explain.notice_count import notices_reply
from tenure.console.pages.frame import page_reply
from tenure.console.pages.movements.choose import KINDS, read_asked
from tenure.console.pages.overview.figures import ALL, ground, home, shown_currency
from tenure.console.pages.overview.links import explain_link, movements_link, paying_link
from tenure.lake.reading import reading
from tenure.measure.definitions import DEFINITIONS
from tenure.measure.explain import Explanation, Figure, explain

ACCOUNTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Term:
    """A part of the formula: another figure of the same month, which explains itself."""

    title: str | Promise
    text: str
    href: str


@require_GET
def explain_figure(request: HttpRequest, metric: str) -> HttpResponse:
    """The explanation of one figure of one month."""
    found = ground(system_clock())
    asked = read_asked(request.GET, found)
    if metric == "notices":
        return notices_reply(request, found, asked)
    if metric not in DEFINITIONS:
        raise Http404
    currency = shown_currency(found, asked.scope)
    figure = Figure(
        metric,
        asked.last,
        currency,
        is_converted=asked.scope == ALL,
        until_on=found.today,
    )
    with reading(home(), threads=1) as reader:
        explained = explain(reader, figure, limit=ACCOUNTS_SHOWN)
    meant = explained.definition
    value = written_value(metric, explained.value, currency)
    ids = {one.account_id for one in explained.accounts}
    ids |= {one.movement.account_id for one in explained.movements}
    cards = AccountCard.objects.filter(account_id__in=ids).values_list("account_id", "name")
    names = {account_id: name for account_id, name in cards if name}
    kinds = frozenset(meant.kinds)
    doors = [kind for kind, parts in KINDS.items() if parts and frozenset(parts) == kinds]
    context = {
        "explained": explained,
        "value": value,
        "month": asked.last,
        "currency": currency,
        "terms": _terms(explained, asked.last, asked.scope, currency),
        "accounts": [
            (one, names.get(one.account_id, one.account_id)) for one in explained.accounts
        ],
        "movements": [
            (one, names.get(one.movement.account_id, one.movement.account_id))
            for one in explained.movements
        ],
        "all_accounts": _all_accounts(metric, asked.last, asked.scope),
        "all_movements": movements_link((asked.last, asked.last), (doors or [""])[0], asked.scope)
        if meant.kinds
        else "",
    }
    title = _("%(figure)s in %(month)s: %(value)s") % {
        "figure": meant.title, "month": written.month_long(asked.last), "value": value,
    }  # fmt: skip
    return page_reply(request, "explain", title, context, place="overview")


def _all_accounts(metric: str, month: date, scope: str) -> str:
    """Where everybody behind a stock is listed; empty for other figures."""
    if metric in ("accounts_at_end", "mrr_at_end_minor"):
        return paying_link(month, scope)
    if metric in ("accounts_at_start", "mrr_at_start_minor"):
        return paying_link(previous_month(month), scope)
    return ""


def written_value(metric: str, value: object, currency: str) -> str:
    """A figure in full: every minor unit, four decimals of a rate."""
    unit = DEFINITIONS[metric].unit
    if unit == "minor":
        return written.money(None if value is None else int(str(value)), currency, whole=False)
    if unit == "share":
        return written.share(None if value is None else float(str(value)), 2)
    return written.number(None if value is None else int(str(value)))


def _terms(explained: Explanation, month: date, scope: str, currency: str) -> list[Term]:
    """The figures that the formula names, by their own names or without their unit."""
    formula = explained.definition.formula
    return [
        Term(
            DEFINITIONS[name].title,
            written_value(name, value, currency),
            explain_link(name, month, scope),
        )
        for name, value in explained.terms.items()
        if name in DEFINITIONS
        and name != explained.figure.field
        and _is_named(name.removesuffix("_minor"), formula)
    ]


def _is_named(name: str, formula: str) -> bool:
    words = formula.replace("(", " ").replace(")", " ").replace(":", " ").split()
    return name in words or (name.startswith("mrr_") and name.removeprefix("mrr_") in words)

"""Overview: did churn get better, what moved MRR, who came and who went."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.months import Months, month_of
from tenure.console import format as written
from tenure.console.charts.accounts_new_and_lost import accounts_new_and_lost_chart
from tenure.console.charts.churn_rates import churn_rates_chart
from tenure.console.charts.mrr_movements import mrr_movements_chart
from tenure.console.charts.render import render_png, render_svg
from tenure.console.charts.theme import Spec
from tenure.console.download import csv_reply, file_reply
from tenure.console.pages.frame import page_reply
from tenure.console.pages.overview.chart_data import account_bars, movement_bars, rate_points
from tenure.console.pages.overview.figures import (
    ALL,
    Ground,
    churn_months,
    ground,
    notices_in,
    shown_currency,
    split_columns,
)
from tenure.console.pages.overview.headline import headline, month_words
from tenure.console.pages.overview.month_table import FIELDS, table_rows
from tenure.console.pages.overview.splits import SPLIT_TITLES, split_rows
from tenure.console.pages.overview.tiles import Month, tiles
from tenure.console.pages.overview.view import (
    View,
    default_first,
    months_before,
    months_between,
    read_view,
)
from tenure.measure.churn import ChurnMonth

PRESETS = (3, 6, 12, 24)


@dataclass(frozen=True, slots=True)
class Shown:
    """The months of a view and those they are compared with, in one currency."""

    view: View
    ground: Ground
    scope: str
    currency: str  # in which its amounts are written
    rows: list[ChurnMonth]
    by_month: dict[date, ChurnMonth]

    @property
    def open_month(self) -> date:
        return month_of(self.ground.today)

    @property
    def focus(self) -> ChurnMonth:
        """The month of the headline: the last whole one, else the one that runs."""
        whole = [row for row in self.rows if row.month < self.open_month]
        return whole[-1] if whole else self.rows[-1]

    def compared(self, row: ChurnMonth, shift: int) -> ChurnMonth | None:
        return self.by_month.get(months_before(row.month, shift)) if shift else None


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    shown = _shown(request)
    if shown is None:
        return page_reply(request, "overview", _title_without_payers(), {}, place="overview")
    now, view = shown.ground.today, shown.view
    title = headline(shown.focus, shown.compared(shown.focus, view.step), now)
    context = {
        "shown": shown,
        "view": view,
        "currency": shown.currency,
        "tiles": tiles(_month(shown)),
        "focus": shown.focus,
        "focus_words": month_words(shown.focus.month, now),
        "focus_is_open": shown.focus.month == shown.open_month,
        "charts": {
            "mrr": _movements_chart(shown),
            "rates": _rates_chart(shown),
            "accounts": _accounts_chart(shown),
        },
        "chart_words": _chart_words(shown),
        "table": table_rows(shown.rows, shown.scope, shown.currency, shown.open_month),
        "split": split_rows(shown) if view.by else None,
        "split_title": SPLIT_TITLES.get(view.by, view.by),
        "here": view.query(),
        **_choices(shown),
    }
    return page_reply(request, "overview", title, context, has_charts=True)


@require_GET
def overview_csv(request: HttpRequest) -> HttpResponse:
    """The table under the charts as `tenure churn` prints it, groups included."""
    shown = _shown(request)
    if shown is None:
        raise Http404
    rows = shown.rows
    if shown.view.by:
        rows = churn_months(shown.ground, shown.view.months, shown.scope, shown.view.by)
    head = [*FIELDS, shown.view.by] if shown.view.by else list(FIELDS)
    lines = (
        [f"{row.month:%Y-%m}", *(getattr(row, name) for name in FIELDS[1:])]
        + ([row.group] if shown.view.by else [])
        for row in rows
    )
    return csv_reply(request, "churn.csv", head, lines)


@require_GET
def chart_file(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    shown = _shown(request)
    if shown is None or name not in CHARTS:
        raise Http404
    spec = CHARTS[name](shown)
    if kind == "png":
        return file_reply(f"{name}.png", render_png(spec), "image/png")
    if kind != "svg":
        raise Http404
    return file_reply(f"{name}.svg", render_svg(spec), "image/svg+xml")


def _shown(request: HttpRequest) -> Shown | None:
    found = ground(system_clock())
    if found.latest is None:
        return None
    view = read_view(request.GET, found.latest, found.scopes, split_columns(found.number))
    scope = view.scope or found.scopes[0]
    reach = max(view.span, 12)
    first = max(min(months_before(view.first, reach), view.first), found.earliest or view.first)
    first = min(first, view.first)
    rows = churn_months(found, Months(first, view.last), scope)
    return Shown(
        view=view,
        ground=found,
        scope=scope,
        currency=shown_currency(found, scope),
        rows=[row for row in rows if row.month >= view.first],
        by_month={row.month: row for row in rows},
    )


def _month(shown: Shown) -> Month:
    row = shown.focus
    before = shown.compared(row, shown.view.step)
    key, scope = shown.ground.key, shown.scope
    now = notices_in(key, row.month, scope)
    return Month(
        row=row,
        before=before,
        trail=[one for one in shown.rows if one.month <= row.month],
        today=shown.ground.today,
        currency=shown.currency,
        scope=scope,
        notices=now.given,
        notices_before=notices_in(key, before.month, scope).given if before else None,
        ended_after_notice=now.ended_after_notice,
    )


def _movements_chart(shown: Shown) -> Spec:
    bars = movement_bars(shown.rows, shown.scope, shown.currency, shown.open_month)
    return mrr_movements_chart(bars, shown.currency)


def _rates_chart(shown: Shown) -> Spec:
    before = [shown.compared(row, shown.view.shift) for row in shown.rows]
    return churn_rates_chart(rate_points(shown.rows, before, shown.scope, shown.open_month))


def _accounts_chart(shown: Shown) -> Spec:
    bars = account_bars(shown.rows, shown.scope, shown.open_month)
    return accounts_new_and_lost_chart(bars)


CHARTS = {
    "mrr-movements": _movements_chart,
    "churn-rates": _rates_chart,
    "accounts": _accounts_chart,
}


def _chart_words(shown: Shown) -> dict[str, dict[str, str]]:
    """For each chart a title sentence; what the period adds up to."""
    rows, currency = shown.rows, shown.currency
    change = rows[-1].mrr_at_end_minor - rows[0].mrr_at_start_minor
    lost = sum(row.mrr_churned_minor + row.mrr_contraction_minor for row in rows)
    rates = [row.account_churn_rate for row in rows if row.month < shown.open_month]
    rates = [rate for rate in rates if rate is not None]
    came = sum(row.accounts_new + row.accounts_reactivated for row in rows)
    went = sum(row.accounts_churned for row in rows)
    values = {
        "change": written.money(abs(change), currency),
        "lost": written.money(-lost, currency),
        "mean": written.share(sum(rates) / len(rates) if rates else None),
        "came": written.number(came),
        "went": written.number(went),
    }
    return {
        "mrr": {"title": _mrr_words(change) % values},
        "rates": {
            "title": _("Account churn was %(mean)s in an average month") % values,
            "note": _comparison_words(shown),
        },
        "accounts": {"title": _("%(came)s accounts came, %(went)s left") % values},
    }


def _mrr_words(change: int) -> str:
    if change > 0:
        return _("MRR grew by %(change)s; %(lost)s was lost on the way")
    if change < 0:
        return _("MRR shrank by %(change)s; %(lost)s was lost")
    return _("MRR ended where it began; %(lost)s was lost on the way")


def _comparison_words(shown: Shown) -> str:
    if not shown.view.shift:
        return ""
    first = months_before(shown.view.first, shown.view.shift)
    last = months_before(shown.view.last, shown.view.shift)
    return _("Dashed: %(first)s to %(last)s") % {
        "first": written.month(first), "last": written.month(last),
    }  # fmt: skip


def _choices(shown: Shown) -> dict[str, Any]:
    view, found = shown.view, shown.ground
    earliest = found.earliest or view.first
    whole = months_between(earliest, view.latest)
    presets: list[tuple[str, str, bool]] = []
    for months in PRESETS:
        first = months_before(view.latest, months)
        query = view.query(first=first, last=view.latest)
        is_chosen = (view.first, view.last) == (first, view.latest)
        presets.append((_("%(n)s m") % {"n": written.number(months)}, query, is_chosen))
    if whole > PRESETS[-1]:
        query = view.query(first=max(earliest, months_before(view.latest, 119)), last=view.latest)
        presets.append((_("All"), query, view.first == earliest))
    month_list = Months(min(earliest, view.first), view.latest)
    comparisons = [
        ("previous", _("Compare: before")), ("year", _("Compare: a year ago")),
        ("none", _("Compare: nothing")),
    ]  # fmt: skip
    return {
        "presets": presets,
        "is_default_period": view.first == default_first(view.latest),
        "month_options": [
            (f"{one:%Y-%m}", written.month(one)) for one in reversed(list(month_list))
        ],
        "from_value": f"{view.first:%Y-%m}",
        "to_value": f"{view.last:%Y-%m}",
        "comparisons": comparisons,
        "scopes": [(scope, _scope_words(found, scope)) for scope in found.scopes]
        if len(found.scopes) > 1
        else [],
        "others": [code for code in found.currencies if code != shown.scope],
        "is_converted": shown.scope == ALL,
        "splits": [(name, SPLIT_TITLES.get(name, name)) for name in split_columns(found.number)],
    }


def _scope_words(found: Ground, scope: str) -> str:
    return _("All, in %(currency)s") % {"currency": found.into} if scope == ALL else scope


def _title_without_payers() -> str:
    return _("No account has paid yet")

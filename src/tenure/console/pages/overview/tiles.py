"""The headline figures of one month, each with what it is compared with and where it leads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.console import format as written
from tenure.console.pages.overview.headline import month_words
from tenure.console.pages.overview.links import explain_link, movements_link
from tenure.measure.churn import ChurnMonth

SPARK_WIDTH, SPARK_HEIGHT = 88, 26


@dataclass(frozen=True, slots=True)
class Figure:
    """One number; `name` stands beside it where a tile has several."""

    text: str
    href: str
    metric: str
    explain: str
    name: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    title: str
    figures: list[Figure]
    note: str
    beside: Figure | None = None
    spark: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """What the tiles are about: a month, what it is compared with, those before for the lines."""

    row: ChurnMonth
    before: ChurnMonth | None
    trail: Sequence[ChurnMonth]
    today: date
    currency: str
    scope: str
    notices: int
    notices_before: int | None
    ended_after_notice: int
    by: str = field(default="")


def tiles(at: Month) -> list[Tile]:
    row = at.row
    return [
        Tile("MRR",
             [_figure(at, "mrr_at_end_minor", written.money(row.mrr_at_end_minor, at.currency))],
             _against(at, lambda one: one.mrr_at_end_minor, _money_delta(at)),
             spark=spark([one.mrr_at_end_minor for one in at.trail])),
        Tile(_("Paying accounts"),
             [_figure(at, "accounts_at_end", written.number(row.accounts_at_end))],
             _against(at, lambda one: one.accounts_at_end, _count_delta),
             spark=spark([one.accounts_at_end for one in at.trail])),
        Tile(_("Account churn rate"),
             [_figure(at, "account_churn_rate", written.share(row.account_churn_rate), "churn")],
             _against(at, lambda one: one.account_churn_rate, _points_delta),
             beside=_figure(at, "account_acquisition_rate",
                            written.share(row.account_acquisition_rate), "new",
                            name=_("Acquisition")),
             spark=spark([one.account_churn_rate for one in at.trail])),
        Tile(_("MRR churn rate"),
             [_figure(at, "gross_mrr_churn_rate", written.share(row.gross_mrr_churn_rate), "lost")],
             _against(at, lambda one: one.gross_mrr_churn_rate, _points_delta),
             beside=_figure(at, "net_mrr_churn_rate", written.share(row.net_mrr_churn_rate), "",
                            name=_("Net")),
             spark=spark([one.gross_mrr_churn_rate for one in at.trail])),
        _new_against_lost(at),
        Tile(_("Downgrades"),
             [_figure(at, "mrr_contraction_minor",
                      written.money(row.mrr_contraction_minor, at.currency), "contraction",
                      tone="contraction")],
             _against(at, lambda one: -one.mrr_contraction_minor, _less_or_more(at))),
        _notices(at),
        _took_effect(at),
    ]  # fmt: skip


def _new_against_lost(at: Month) -> Tile:
    won = at.row.accounts_new + at.row.accounts_reactivated
    figures = [
        _figure(at, "accounts_new", written.number(won, sign=True), "won",
                name=_("new"), tone="new"),
        _figure(at, "accounts_churned", written.number(-at.row.accounts_churned), "churn",
                name=_("lost"), tone="churn"),
    ]  # fmt: skip
    returned = ngettext(
        "%(n)s of them returned", "%(n)s of them returned", at.row.accounts_reactivated
    )
    note = (
        returned % {"n": written.number(at.row.accounts_reactivated)}
        if at.row.accounts_reactivated
        else _against(at, lambda one: one.accounts_churned, _lost_delta)
    )
    return Tile(_("New against lost"), figures, note)


def _notices(at: Month) -> Tile:
    figure = _figure(at, "notices", written.number(at.notices), "notice", tone="contraction")
    note = ""
    if at.before is not None and at.notices_before is not None:
        note = _compared(_count_delta(at.notices - at.notices_before), at)
    return Tile(_("Notices given"), [figure], note)


def _took_effect(at: Month) -> Tile:
    lost = at.row.accounts_churned
    figure = _figure(at, "accounts_churned", written.number(lost), "churn", tone="churn")
    if not lost:
        note = _("No account stopped paying")
    else:
        note = ngettext(
            "%(n)s after notice, %(other)s without",
            "%(n)s after notice, %(other)s without",
            at.ended_after_notice,
        ) % {
            "n": written.number(at.ended_after_notice),
            "other": written.number(lost - at.ended_after_notice),
        }
    return Tile(_("Cancellations in effect"), [figure], note)


def _figure(
    at: Month, metric: str, text: str, kind: str = "paying", *, name: str = "", tone: str = ""
) -> Figure:
    months = (at.row.month, at.row.month)
    href = movements_link(months, kind, at.scope)
    return Figure(text, href, metric, explain_link(metric, at.row.month, at.scope), name, tone)


def _against(
    at: Month,
    value: Callable[[ChurnMonth], float | int | None],
    words: Callable[[float], str],
) -> str:
    """`+1.2 points against May`; a sentence where there is nothing to compare."""
    if at.before is None:
        return ""
    now, before = value(at.row), value(at.before)
    if before is None or now is None:
        return _("No figure for %(month)s") % {"month": month_words(at.before.month, at.today)}
    return _compared(words(now - before), at)


def _compared(delta: str, at: Month) -> str:
    assert at.before is not None
    return _("%(delta)s against %(month)s") % {
        "delta": delta, "month": month_words(at.before.month, at.today),
    }  # fmt: skip


def _money_delta(at: Month) -> Callable[[float], str]:
    def words(delta: float) -> str:
        return written.money(int(delta), at.currency, sign=True) if delta else _("unchanged")

    return words


def _less_or_more(at: Month) -> Callable[[float], str]:
    """A loss is written below zero: a sign before its difference would mislead, words do not."""

    def words(delta: float) -> str:
        if not delta:
            return _("unchanged")
        amount = written.money(abs(int(delta)), at.currency)
        return (_("%(amount)s more") if delta > 0 else _("%(amount)s less")) % {"amount": amount}

    return words


def _count_delta(delta: float) -> str:
    return written.number(delta, sign=True) if delta else _("unchanged")


def _points_delta(delta: float) -> str:
    return written.points(delta) if abs(delta) >= 0.0005 else _("unchanged")


def _lost_delta(delta: float) -> str:
    count = abs(int(delta))
    if not count:
        return _("as many lost")
    return (
        ngettext("%(n)s more lost", "%(n)s more lost", count)
        if delta > 0
        else ngettext("%(n)s fewer lost", "%(n)s fewer lost", count)
    ) % {"n": written.number(count)}


def spark(values: Sequence[float | int | None]) -> str:
    """SVG path of a small line; a month without a value breaks it. Empty below three values."""
    known = [value for value in values if value is not None]
    if len(known) < 3:
        return ""
    low, high = min(known), max(known)
    height = (high - low) or 1
    path, pen_up = [], True
    for number, value in enumerate(values):
        if value is None:
            pen_up = True
            continue
        x = 2 + number * (SPARK_WIDTH - 4) / (len(values) - 1)
        y = SPARK_HEIGHT - 3 - (value - low) / height * (SPARK_HEIGHT - 6)
        path.append(f"{'M' if pen_up else 'L'}{x:.1f} {y:.1f}")
        pen_up = False
    return "".join(path)

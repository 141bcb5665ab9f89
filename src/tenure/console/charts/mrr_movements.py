"""Stacked bars of what moved MRR, month by month: gains above the axis, losses hatched below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.console.charts.theme import Spec, fill, themed

GAINS = ("new", "expansion", "reactivation")
LOSSES = ("contraction", "churn")


@dataclass(frozen=True, slots=True)
class MovementBar:
    """One kind's sum in one month; losses are negative. `href` opens the accounts behind it."""

    month: date
    kind: str
    amount: float
    text: str
    accounts: int | None
    href: str
    is_open: bool


def kind_words() -> dict[str, str]:
    return {
        "new": _("New"),
        "expansion": _("Expansion"),
        "reactivation": _("Reactivation"),
        "contraction": _("Contraction"),
        "churn": _("Churn"),
        "fx": _("Exchange rates"),
    }


def mrr_movements_chart(bars: Sequence[MovementBar], currency: str) -> Spec:
    """The chart's specification; months in the order of `bars`."""
    words = kind_words()
    has_fx = any(bar.kind == "fx" and bar.amount for bar in bars)
    kinds = [*GAINS, *LOSSES] + (["fx"] if has_fx else [])
    months = list(dict.fromkeys(bar.month.isoformat() for bar in bars))
    return themed(
        {
            "data": {"values": [_row(bar, kinds, words) for bar in bars if bar.amount]},
            "mark": {"type": "bar", "cursor": "pointer", "width": {"band": 0.72}},
            "encoding": {
                "x": month_axis(months),
                "y": {
                    "field": "amount",
                    "type": "quantitative",
                    "stack": "zero",
                    "axis": amount_axis(currency),
                },
                "color": {
                    "field": "kind",
                    "type": "nominal",
                    "scale": {
                        "domain": [words[kind] for kind in kinds],
                        "range": [fill(kind) for kind in kinds],
                    },
                },
                "order": {"field": "rank", "type": "ordinal"},
                "opacity": {"condition": {"test": "datum.is_open", "value": 0.5}, "value": 1},
                "href": {"field": "href"},
                "tooltip": [
                    {"field": "label", "title": _("Month")},
                    {"field": "kind", "title": _("Movement")},
                    {"field": "text", "title": "MRR"},
                    {"field": "accounts", "title": _("Accounts")},
                ],
                "description": {"field": "description"},
            },
        }
    )


def _row(bar: MovementBar, kinds: Sequence[str], words: dict[str, str]) -> Spec:
    description = f"{written.month(bar.month)}, {words[bar.kind]}: {bar.text}"
    if bar.is_open:
        open_note = _("month not over yet")
        description += f" ({open_note})"
    return {
        "month": bar.month.isoformat(),
        "label": written.month(bar.month),
        "kind": words[bar.kind],
        "rank": kinds.index(bar.kind),  # what comes first lies nearest to the axis
        "amount": bar.amount,
        "text": bar.text,
        "accounts": written.number(bar.accounts),
        "href": bar.href,
        "is_open": bar.is_open,
        "description": description,
    }


def amount_axis(currency: str) -> Spec:
    """Round amounts, shortened as the language does it, under the currency."""
    is_chinese = (get_language() or "en").startswith("zh")
    short = "万" if get_language() == "zh-hans" else "萬"
    shown = (
        f"abs(datum.value) >= 10000 ? format(datum.value / 10000, ',~g') + '{short}' : "
        "format(datum.value, ',')"
        if is_chinese
        else "datum.value == 0 ? '0' : format(datum.value, '~s')"
    )
    return {
        "title": currency,
        "labelExpr": f"replace({shown}, '-', '\u2212')",
        "titleAngle": 0,
        "titleAlign": "right",
        "titleX": -6,
        "titleY": -12,
    }


def month_format() -> str:
    """How d3 writes a month with its year in the language of the page."""
    return "%Y年%-m月" if (get_language() or "en").startswith("zh") else "%b %Y"


def month_axis(months: Sequence[str], *, is_band: bool = True) -> Spec:
    """A place for each month; the year is written under its first month."""
    return {
        "field": "month",
        "type": "ordinal",
        "scale": {
            "domain": list(months),
            **({"paddingInner": 0.1, "paddingOuter": 0.1} if is_band else {"padding": 0.5}),
        },
        "axis": {
            "title": None,
            "labelAngle": 0,
            "labelExpr": "[timeFormat(toDate(datum.value + 'T12:00'), '%b'), "
            "(month(toDate(datum.value + 'T12:00')) == 0 || datum.index == 0) ? "
            "timeFormat(toDate(datum.value + 'T12:00'), '%Y') : '']",
        },
    }

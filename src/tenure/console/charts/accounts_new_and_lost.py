"""Accounts that came and accounts that went, month by month, on either side of one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.console.charts.mrr_movements import month_axis
from tenure.console.charts.theme import Spec, fill, themed


@dataclass(frozen=True, slots=True)
class AccountBar:
    month: date
    kind: str  # new | reactivation | churn
    accounts: int  # losses negative
    href: str
    is_open: bool


def accounts_new_and_lost_chart(bars: Sequence[AccountBar]) -> Spec:
    words = {"new": _("New"), "reactivation": _("Returned"), "churn": _("Lost")}
    kinds = list(words)
    months = list(dict.fromkeys(bar.month.isoformat() for bar in bars))
    rows = [
        {
            "month": bar.month.isoformat(),
            "label": written.month(bar.month),
            "kind": words[bar.kind],
            "rank": kinds.index(bar.kind),
            "accounts": bar.accounts,
            "text": written.number(bar.accounts, sign=True),
            "href": bar.href,
            "is_open": bar.is_open,
            "description": f"{written.month(bar.month)}, {words[bar.kind]}: "
            f"{written.number(bar.accounts, sign=True)}",
        }
        for bar in bars
        if bar.accounts
    ]
    return themed(
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "cursor": "pointer", "width": {"band": 0.72}},
            "encoding": {
                "x": month_axis(months),
                "y": {
                    "field": "accounts",
                    "type": "quantitative",
                    "axis": {"title": None, "format": "~d", "tickMinStep": 1},
                },
                "color": {
                    "field": "kind",
                    "type": "nominal",
                    "scale": {
                        "domain": list(words.values()),
                        "range": [fill(kind) for kind in kinds],
                    },
                },
                "order": {"field": "rank", "type": "ordinal"},
                "opacity": {"condition": {"test": "datum.is_open", "value": 0.5}, "value": 1},
                "href": {"field": "href"},
                "tooltip": [
                    {"field": "label", "title": _("Month")},
                    {"field": "kind", "title": _("Movement")},
                    {"field": "text", "title": _("Accounts")},
                ],
                "description": {"field": "description"},
            },
        }
    )

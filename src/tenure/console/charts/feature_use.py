"""How often one account used each feature, month by month: a row each, darker is more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.console.charts.mrr_movements import month_axis
from tenure.console.charts.theme import Spec, themed

ROW_HEIGHT = 26


@dataclass(frozen=True, slots=True)
class UseCell:
    month: date
    feature: str
    uses: int


def feature_use_chart(cells: Sequence[UseCell]) -> Spec:
    """Features by total use, most first. Months without use are blank, not zero-coloured."""
    totals: dict[str, int] = {}
    for cell in cells:
        totals[cell.feature] = totals.get(cell.feature, 0) + cell.uses
    features = sorted(totals, key=lambda feature: (-totals[feature], feature))
    months = sorted({cell.month.isoformat() for cell in cells})
    rows = [
        {
            "month": cell.month.isoformat(),
            "label": written.month(cell.month),
            "feature": cell.feature,
            "uses": cell.uses,
            "text": written.number(cell.uses),
            "description": ", ".join([cell.feature, written.month(cell.month)])
            + f": {written.number(cell.uses)}",
        }
        for cell in cells
        if cell.uses
    ]
    return themed(
        {
            "data": {"values": rows},
            "height": ROW_HEIGHT * max(1, len(features)),
            "mark": {"type": "rect", "cornerRadius": 3, "color": "var(--new)"},
            "encoding": {
                "x": month_axis(months),
                "y": {
                    "field": "feature",
                    "type": "nominal",
                    "sort": features,
                    "scale": {"paddingInner": 0.12},
                    "axis": {"title": None, "labelLimit": 170},
                },
                # Use spans orders of magnitude: a root keeps the small ones visible.
                "opacity": {
                    "field": "uses",
                    "type": "quantitative",
                    "scale": {"type": "sqrt", "range": [0.12, 1], "domainMin": 0},
                    "legend": None,
                },
                "tooltip": [
                    {"field": "label", "title": _("Month")},
                    {"field": "feature", "title": _("Feature")},
                    {"field": "text", "title": _("Uses")},
                ],
                "description": {"field": "description"},
            },
        }
    )

"""How many left for each reason, month by month: a row each, darker is more, the number in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.console.charts.mrr_movements import month_axis
from tenure.console.charts.theme import Spec, themed

ROW_HEIGHT = 28


@dataclass(frozen=True, slots=True)
class ReasonCell:
    """One reason in one month; `href` opens its leavings."""

    month: date
    reason: str
    count: int
    href: str


def reason_months_chart(
    cells: Sequence[ReasonCell], reasons: Sequence[str], months: Sequence[date]
) -> Spec:
    """Rows in the order of `reasons`; a month without a leaving for one is blank."""
    spec = themed(
        {
            "data": {"values": [_row(cell) for cell in cells if cell.count]},
            "height": ROW_HEIGHT * max(1, len(reasons)),
            "encoding": {
                "x": month_axis([month.isoformat() for month in months]),
                "y": {
                    "field": "series",
                    "type": "nominal",
                    "sort": list(reasons),
                    "scale": {"domain": list(reasons), "paddingInner": 0.12},
                    "axis": {"title": None},
                },
            },
            "layer": [_cells(), _numbers()],
        }
    )
    # In the configuration, where a narrow page can say less.
    spec["config"]["axisY"] = {**spec["config"]["axisY"], "labelLimit": 230}
    return spec


def _row(cell: ReasonCell) -> Spec:
    text = written.number(cell.count)
    return {
        "month": cell.month.isoformat(),
        "label": written.month(cell.month),
        "series": cell.reason,
        "count": cell.count,
        "text": text,
        "href": cell.href,
        "description": f"{cell.reason}, {written.month(cell.month)}: {text}",
    }


def _cells() -> Spec:
    return {
        "mark": {"type": "rect", "cornerRadius": 3, "color": "var(--churn)", "cursor": "pointer"},
        "encoding": {
            "opacity": {
                "field": "count",
                "type": "quantitative",
                "scale": {"type": "sqrt", "range": [0.14, 0.62], "domainMin": 0},
                "legend": None,
            },
            "href": {"field": "href"},
            "tooltip": [
                {"field": "label", "title": _("Month")},
                {"field": "series", "title": _("Reason")},
                {"field": "text", "title": _("Leavings")},
            ],
            "description": {"field": "description"},
        },
    }


def _numbers() -> Spec:
    return {
        "mark": {"type": "text", "fontSize": 12, "color": "var(--text)", "aria": False},
        "encoding": {"text": {"field": "text"}},
    }

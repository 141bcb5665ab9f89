"""Lines of account and MRR churn, each with the period before, dashed and paler."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.console.charts.mrr_movements import month_axis
from tenure.console.charts.theme import Spec, themed

COLOURS = {"accounts": "var(--accent)", "mrr": "var(--churn)"}


@dataclass(frozen=True, slots=True)
class RatePoint:
    """A rate in one month of the period shown; `of` is the month the rate belongs to."""

    month: date
    of: date
    series: str  # accounts | mrr
    is_before: bool
    rate: float | None
    is_open: bool
    href: str


def _highest(points: Sequence[RatePoint]) -> float:
    """The top of the axis: a period before with an outlier must not flatten the present one."""
    now = [point.rate for point in points if point.rate is not None and not point.is_before]
    before = [point.rate for point in points if point.rate is not None and point.is_before]
    top = max(now, default=0.0)
    return max(min(max(before, default=0.0), 1.5 * top), top) or 0.01


def churn_rates_chart(points: Sequence[RatePoint]) -> Spec:
    """The chart's specification; a month without a rate has no point."""
    words = {"accounts": _("Account churn rate"), "mrr": _("MRR churn rate")}
    months = list(dict.fromkeys(point.month.isoformat() for point in points))
    return themed(
        {
            "data": {"values": [_row(point, words) for point in points if point.rate is not None]},
            "encoding": {
                "x": month_axis(months, is_band=False),
                "y": {
                    "field": "rate",
                    "type": "quantitative",
                    "scale": {"domain": [0, _highest(points)], "nice": True},
                    "axis": {"title": None, "format": ".1~%"},
                },
                "color": _colour(list(words.values())),
            },
            "layer": _layers(),
        }
    )


def _row(point: RatePoint, words: dict[str, str]) -> Spec:
    text = written.share(point.rate)
    return {
        "month": point.month.isoformat(),
        "label": written.month(point.of),
        "series": words[point.series],
        "line": f"{point.series}{'-before' if point.is_before else ''}",
        "rate": point.rate,
        "text": text,
        "is_before": point.is_before,
        "is_open": point.is_open,
        "href": point.href,
        "description": f"{written.month(point.of)}, {words[point.series]}: {text}",
    }


def _colour(words: list[str]) -> Spec:
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": words, "range": list(COLOURS.values())},
        "legend": {
            "symbolType": "stroke",
            "symbolStrokeWidth": 3,
            "symbolOpacity": 1,
            "symbolDash": [1, 0],
        },
    }


def _layers() -> list[Spec]:
    """The period before, the present one, and its points, which are the doors."""
    before = {"type": "line", "strokeDash": [3, 4], "opacity": 0.55, "strokeWidth": 1.5}
    points = {"type": "point", "filled": True, "size": 60, "opacity": 1, "cursor": "pointer"}
    lines = {"detail": {"field": "line"}}
    return [
        {
            "transform": [{"filter": "datum.is_before"}],
            "mark": {**before, "aria": False, "clip": True},
            "encoding": lines,
        },
        {
            "transform": [{"filter": "!datum.is_before && !datum.is_open"}],
            "mark": {"type": "line", "aria": False},
            "encoding": lines,
        },
        {
            "transform": [{"filter": "!datum.is_before"}],
            "mark": points,
            "encoding": {
                "href": {"field": "href"},
                "tooltip": [
                    {"field": "label", "title": _("Month")},
                    {"field": "series", "title": _("Rate")},
                    {"field": "text", "title": _("Value")},
                ],
                "opacity": {"condition": {"test": "datum.is_open", "value": 0.4}, "value": 1},
                "description": {"field": "description"},
            },
        },
    ]

"""How many are still there after so many days: steps with their interval, beside similar ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.console.charts.theme import Spec, themed
from tenure.proof.survival import SurvivalPoint

COLOURS = ("var(--accent)", "var(--fx)")


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: what it is called, and its points in the order of days."""

    title: str
    points: Sequence[SurvivalPoint]


def survival_chart(curves: Sequence[Curve]) -> Spec:
    """Kaplan–Meier. Days after which nobody was watched are not drawn; the band is the interval."""
    rows = [
        _row(curve.title, point)
        for curve in curves
        for point in curve.points
        if point.share is not None
    ]
    titles = [curve.title for curve in curves]
    return themed(
        {
            "data": {"values": rows},
            "encoding": {
                "x": {
                    "field": "days",
                    "type": "quantitative",
                    "axis": {
                        "title": _("Days since the visit"),
                        "values": [0, 30, 90, 180, 270, 365],
                    },
                    "scale": {"domainMin": 0, "nice": False},
                },
                "color": {
                    "field": "series",
                    "type": "nominal",
                    "scale": {"domain": titles, "range": list(COLOURS[: len(titles)])},
                    "legend": {"symbolType": "stroke", "symbolStrokeWidth": 3, "symbolOpacity": 1},
                },
            },
            "layer": [_band(), _line(), _marks()],
        }
    )


def _row(title: str, point: SurvivalPoint) -> Spec:
    share = written.share(point.share, 0)
    days = written.number(point.at_days)
    return {
        "days": point.at_days,
        "series": title,
        "share": point.share,
        "low": point.low,
        "high": point.high,
        "text": share,
        "between": f"{written.share(point.low, 0)} – {written.share(point.high, 0)}",
        "watched": written.number(point.at_risk),
        "description": f"{title}, {days}: {share}",
    }


def _y(field: str) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"title": None, "format": ".0%"},
    }


def _band() -> Spec:
    mark = {"type": "area", "interpolate": "step-after", "opacity": 0.14, "aria": False}
    return {"mark": mark, "encoding": {"y": _y("low"), "y2": {"field": "high"}}}


def _line() -> Spec:
    mark = {"type": "line", "interpolate": "step-after", "aria": False}
    return {"mark": mark, "encoding": {"y": _y("share")}}


def _marks() -> Spec:
    """Where one may point: without marks of their own, so that the line stays a line."""
    return {
        "mark": {"type": "point", "opacity": 0, "size": 160, "filled": True},
        "encoding": {
            "y": _y("share"),
            "tooltip": [
                {"field": "series", "title": _("Who")},
                {"field": "days", "title": _("Days")},
                {"field": "text", "title": _("Still there")},
                {"field": "between", "title": _("Interval")},
                {"field": "watched", "title": _("Watched so long")},
            ],
            "description": {"field": "description"},
        },
    }

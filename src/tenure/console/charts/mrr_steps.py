"""What one account has paid per month, as a step line: it holds until it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.console.charts.mrr_movements import amount_axis, month_format
from tenure.console.charts.theme import Spec, themed


@dataclass(frozen=True, slots=True)
class Step:
    on: date
    mrr_minor: int


def mrr_steps_chart(steps: Sequence[Step], currency: str, until: date) -> Spec:
    """`steps` in order of time; the last one is drawn until `until`."""
    drawn = [*steps, Step(until, steps[-1].mrr_minor)] if steps else []
    rows = [
        {
            "on": step.on.isoformat(),
            "label": written.day(step.on),
            "mrr": float(written.amount(step.mrr_minor, currency)),
            "text": written.money(step.mrr_minor, currency, whole=False),
            "is_change": number < len(steps),
            "description": f"{written.day(step.on)}: {written.money(step.mrr_minor, currency)}",
        }
        for number, step in enumerate(drawn)
    ]
    x = {"field": "on", "type": "temporal", "axis": {"title": None, "format": month_format(),
         "tickCount": 6, "labelFlush": True}}  # fmt: skip
    y = {
        "field": "mrr",
        "type": "quantitative",
        "scale": {"zero": True},
        "axis": {**amount_axis(currency), "tickCount": 4},
    }
    return themed(
        {
            "data": {"values": rows},
            "encoding": {"x": x, "y": y},
            "layer": [
                {"mark": {"type": "area", "interpolate": "step-after", "color": "var(--accent)",
                          "opacity": 0.1, "aria": False}},
                {"mark": {"type": "line", "interpolate": "step-after", "color": "var(--accent)",
                          "aria": False}},
                {
                    "transform": [{"filter": "datum.is_change"}],
                    "mark": {"type": "point", "filled": True, "size": 50,
                             "color": "var(--accent)", "opacity": 1},
                    "encoding": {
                        "tooltip": [
                            {"field": "label", "title": _("From")},
                            {"field": "text", "title": "MRR"},
                        ],
                        "description": {"field": "description"},
                    },
                },
            ],
        }
    )  # fmt: skip

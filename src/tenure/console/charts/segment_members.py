"""How many were in a segment at the end of each day, as a step line: it holds until it changes."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tenure.console import format as written
from tenure.console.charts.mrr_movements import month_format
from tenure.console.charts.theme import Spec, themed
from tenure.segments.history import MembershipDay


def segment_members_chart(days: Sequence[MembershipDay]) -> Spec:
    """`days` in order of time; a day on which somebody came or went has a mark."""
    rows = [
        {
            "on": each.day.isoformat(),
            "label": written.day(each.day),
            "members": each.members,
            "text": written.number(each.members),
            "entered": written.number(each.entered),
            "left": written.number(each.left),
            "is_change": bool(each.entered or each.left),
            "description": f"{written.day(each.day)}: {written.number(each.members)}",
        }
        for each in days
    ]
    is_short = len(days) < 60
    x = {
        "field": "on",
        "type": "temporal",
        "axis": {
            "title": None,
            "tickCount": 6,
            "labelFlush": True,
            **({} if is_short else {"format": month_format()}),
        },
    }
    y = {
        "field": "members",
        "type": "quantitative",
        "scale": {"zero": True},
        "axis": {"title": None, "tickCount": 4, "tickMinStep": 1},
    }
    line = {"interpolate": "step-after", "color": "var(--accent)", "aria": False}
    return themed(
        {
            "data": {"values": rows},
            "encoding": {"x": x, "y": y},
            "layer": [
                {"mark": {"type": "area", "opacity": 0.1, **line}},
                {"mark": {"type": "line", **line}},
                {
                    "transform": [{"filter": "datum.is_change"}],
                    "mark": {"type": "point", "filled": True, "size": 36, "opacity": 1,
                             "color": "var(--accent)"},
                    "encoding": {
                        "tooltip": [
                            {"field": "label", "title": _("Day")},
                            {"field": "text", "title": _("Members")},
                            {"field": "entered", "title": _("Entered")},
                            {"field": "left", "title": pgettext("segment", "Left")},
                        ],
                        "description": {"field": "description"},
                    },
                },
            ],
        }
    )  # fmt: skip

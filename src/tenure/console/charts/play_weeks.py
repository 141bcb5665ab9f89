"""A play week by week: who came in and what went out; and who of them reached its goal."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.console.charts.theme import Spec, themed
from tenure.plays.lift_parts import Week, WeekArm


def play_volume_chart(weeks: Sequence[Week], links: Sequence[str]) -> Spec:
    """Two bars a week; `links` lead to what went out in each."""
    words = {"entered": _("Came in"), "messages": _("Messages out")}
    rows = []
    for week, link in zip(weeks, links, strict=True):
        counts = {
            "entered": week.treated.entered + week.held_out.entered,
            "messages": week.messages,
        }
        rows += [_bar(week.first_on, words[kind], count, link if kind == "messages" else "")
                 for kind, count in counts.items() if count]  # fmt: skip
    return themed(
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "cursor": "pointer", "minBandSize": 2},
            "encoding": {
                "x": _weeks([week.first_on for week in weeks]),
                "xOffset": {
                    "field": "series",
                    "type": "nominal",
                    "sort": None,
                    "scale": {"domain": list(words.values())},
                },
                "y": {
                    "field": "count",
                    "type": "quantitative",
                    "stack": None,
                    "axis": {"title": None, "format": "~d", "tickMinStep": 1, "tickCount": 4},
                },
                "color": _colours(list(words.values())),
                "href": {"field": "href"},
                "tooltip": [
                    {"field": "label", "title": _("Week from")},
                    {"field": "series", "title": _("What")},
                    {"field": "text", "title": _("How many")},
                ],
                "description": {"field": "description"},
            },
        }
    )


def play_goal_chart(weeks: Sequence[Week]) -> Spec:
    """Which share of who came in in a week reached the goal, of both arms; both over the weeks
    whose window is over.
    """
    words = {"treated": _("Reached by it"), "held_out": _("Left alone")}
    rows = [
        _point(week.first_on, words[arm], told)
        for week in weeks
        for arm, told in (("treated", week.treated), ("held_out", week.held_out))
        if told.over
    ]
    # A week of which nothing is known yet has its place, so that both charts lie on each other.
    shared: Spec = {
        "x": _weeks([week.first_on for week in weeks]),
        "y": {
            "field": "share",
            "type": "quantitative",
            "scale": {"domainMin": 0, "zero": True},
            "axis": {"title": None, "format": ".0%", "tickCount": 4},
        },
        "color": _colours(list(words.values())),
    }
    return themed(
        {
            "data": {"values": rows},
            "encoding": shared,
            "layer": [
                {
                    "mark": {"type": "line", "aria": False},
                    "encoding": {
                        "strokeDash": {
                            "field": "series",
                            "type": "nominal",
                            "scale": {
                                "domain": list(words.values()),
                                "range": [[1, 0], [5, 4]],
                            },
                            "legend": None,
                        }
                    },
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 46, "opacity": 1},
                    "encoding": {
                        "tooltip": [
                            {"field": "label", "title": _("Week from")},
                            {"field": "series", "title": _("Arm")},
                            {"field": "text", "title": _("Reached the goal")},
                        ],
                        "description": {"field": "description"},
                    },
                },
            ],
        }
    )


def _weeks(weeks: Sequence[date]) -> Spec:
    """Every week has its place, also one in which nothing happened."""
    return {
        "field": "label",
        "type": "ordinal",
        "sort": None,
        "scale": {"domain": [written.day(week) for week in weeks]},
        "axis": {"title": None, "labelAngle": 0},
    }


def _colours(words: list[str]) -> Spec:
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": words, "range": ["var(--accent)", "var(--fx)"]},
    }


def _bar(on: date, series: str, count: int, href: str) -> Spec:
    text = written.number(count)
    row = {
        "month": on.isoformat(),  # what the keys left and right go along
        "label": written.day(on),
        "series": series,
        "count": count,
        "text": text,
        "description": f"{written.day(on)}, {series}: {text}",
    }
    return {**row, "href": href} if href else row


def _point(on: date, series: str, told: WeekArm) -> Spec:
    share = told.share or 0.0
    text = f"{written.share(share)} ({written.number(told.reached)}/{written.number(told.over)})"
    return {
        "label": written.day(on),
        "series": series,
        "share": round(share, 4),
        "text": text,
        "description": f"{written.day(on)}, {series}: {text}",
    }

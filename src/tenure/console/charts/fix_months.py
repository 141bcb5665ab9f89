"""Leavings for what a fix answers, in 100 account-months at risk, before and after it shipped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.console.charts.theme import Spec, themed

IN_MONTHS = 100


@dataclass(frozen=True, slots=True)
class FixBar:
    """One month, or the piece of one before or after the day of shipping."""

    first_on: date
    before_on: date
    is_after: bool
    leavings: int
    account_months: float
    href: str

    @property
    def rate(self) -> float:
        """Leavings in 100 account-months."""
        return self.leavings * IN_MONTHS / self.account_months if self.account_months else 0.0


def fix_months_chart(bars: Sequence[FixBar]) -> Spec:
    """One bar a month; the month of shipping has two. The colour says before or after."""
    words = {False: _("Before"), True: _("Since it shipped")}
    places = [_place(bar) for bar in bars]
    # A month without a leaving has its place and no mark: nothing to see, and no door.
    rows = [_row(bar, words) for bar in bars if bar.leavings]
    # Said, because a chart without a mark has no extent of its own.
    highest = max((bar.rate for bar in bars), default=0.0) or 1.0
    return themed(
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "cursor": "pointer", "width": {"band": 0.72}, "minBandSize": 2},
            "encoding": {
                "x": {
                    "field": "place",
                    "type": "ordinal",
                    "sort": None,
                    "scale": {"domain": places},
                    "axis": {"title": None, "labelAngle": 0},
                },
                "y": {
                    "field": "rate",
                    "type": "quantitative",
                    "stack": None,
                    "scale": {"domain": [0, highest]},
                    "axis": {"title": None, "format": "~g", "tickCount": 4},
                },
                "color": {
                    "field": "time",
                    "type": "nominal",
                    "scale": {
                        "domain": list(words.values()),
                        "range": ["var(--fx)", "var(--accent)"],
                    },
                },
                "href": {"field": "href"},
                "tooltip": [
                    {"field": "place", "title": _("Month")},
                    {"field": "text", "title": _("Left for it")},
                    {"field": "months", "title": _("Account-months at risk")},
                    {"field": "rate_text", "title": _("In 100 account-months")},
                ],
                "description": {"field": "description"},
            },
        }
    )


def _row(bar: FixBar, words: dict[bool, str]) -> Spec:
    place = _place(bar)
    text = written.number(bar.leavings)
    return {
        "place": place,
        "time": words[bar.is_after],
        "rate": round(bar.rate, 4),
        "rate_text": written.number(bar.rate, 1),
        "text": text,
        "months": written.number(bar.account_months, 0),
        "href": bar.href,
        "description": f"{place}, {words[bar.is_after]}: {text}",
    }


def _place(bar: FixBar) -> str:
    """What stands below it: a month, or the day from which a piece of one counts."""
    is_piece = bar.first_on.day != 1
    return written.day(bar.first_on) if is_piece else written.month(bar.first_on)

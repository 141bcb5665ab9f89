"""Visits by reason, offer, segment, plan, stage or flow: what became of them, with their doors."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.console import format as written
from tenure.console.pages.leaving.choose import NOT_SAID, SLICED_BY, Choice
from tenure.console.pages.leaving.count import Figures
from tenure.console.pages.leaving.figures import share_words, slices_by
from tenure.console.pages.leaving.words import group_titles
from tenure.offboard.report_parts import Slice

TITLES = {
    "reason": gettext_lazy("Reason"),
    "offer": gettext_lazy("Offer"),
    "segment": gettext_lazy("Segment"),
    "plan": gettext_lazy("Plan"),
    "stage": gettext_lazy("Stage"),
    "flow": gettext_lazy("Flow"),
}


def sliced(figures: Figures, choice: Choice) -> dict[str, Any]:
    """A row for each slice of the chosen column, and the links to the other columns."""
    by = choice.by
    titles = group_titles(by)
    rows = [
        _row(each, titles.get(each.key, each.key), choice) for each in slices_by(figures.report, by)
    ]
    if by == "reason":
        rows += _silent(figures, choice)
    return {
        "by": by,
        "title": TITLES[by],
        "rows": rows,
        "columns": [
            (TITLES[each], choice.query(by=each, page=1), each == by) for each in SLICED_BY
        ],
    }


def _row(each: Slice, title: str, choice: Choice) -> dict[str, Any]:
    own = {each.by: each.key}
    return {
        "title": title,
        "visits": each.counts.visits,
        "accepted": each.counts.accepted,
        "canceled": each.counts.canceled,
        "query": choice.only(**own),
        "accepted_query": choice.only(**own, step="accepted"),
        "canceled_query": choice.only(**own, step="canceled"),
        "saved": share_words(each.saved[180]),
        "saved_part": each.saved[180].part,
        "saved_query": choice.only(**own, step="saved_180"),
        "lift": _lift(each),
        "note": each.note if each.by != "offer" else "",
    }


def _lift(each: Slice) -> str:
    """What difference it made, with its interval; nothing where nothing can be compared."""
    lift = each.lift
    if lift is None or lift.value is None or lift.low is None or lift.high is None:
        return ""
    return _("%(value)s (%(low)s to %(high)s)") % {
        "value": written.points(lift.value),
        "low": written.number(100 * lift.low, 1, sign=True),
        "high": written.number(100 * lift.high, 1, sign=True),
    }


def _silent(figures: Figures, choice: Choice) -> list[dict[str, Any]]:
    """Who said nothing is a row too."""
    counts, rows = figures.report.counts, slices_by(figures.report, "reason")
    visits = counts.visits - sum(each.counts.visits for each in rows)
    if not visits:
        return []
    return [
        {
            "title": _("Gave no reason"),
            "visits": visits,
            "accepted": counts.accepted - sum(each.counts.accepted for each in rows),
            "canceled": counts.canceled - sum(each.counts.canceled for each in rows),
            "query": choice.only(reason=NOT_SAID),
            "accepted_query": choice.only(reason=NOT_SAID, step="accepted"),
            "canceled_query": choice.only(reason=NOT_SAID, step="canceled"),
        }
    ]

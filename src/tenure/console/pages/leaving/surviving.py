"""How long saves stay, drawn beside similar accounts that had not tried to leave."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.console import format as written
from tenure.console.charts.survival import Curve, survival_chart
from tenure.console.pages.leaving.choose import NOT_SAID, SURVIVAL_BY, Choice
from tenure.console.pages.leaving.count import Figures
from tenure.console.pages.leaving.words import group_titles
from tenure.proof.survival import SurvivalPoint
from tenure.saves.survival import SurvivalOf

TITLES = {
    "": gettext_lazy("All saves"),
    "offer": gettext_lazy("Offer"),
    "reason": gettext_lazy("Reason"),
    "segment": gettext_lazy("Segment"),
}
TABLE_DAYS = (30, 90, 180, 365)


def surviving(figures: Figures, choice: Choice) -> dict[str, Any]:
    """The chart of one group, and the table of all groups of the chosen column."""
    found = figures.survival_by(choice.survival)
    titles = group_titles(choice.survival)
    drawn = next(
        (each for each in found if _key(each) == choice.group), found[0] if found else None
    )
    return {
        "by": choice.survival,
        "title": TITLES[choice.survival],
        "columns": [
            (TITLES[each], choice.query(survival=each, group="", page=1), each == choice.survival)
            for each in SURVIVAL_BY
        ],
        "days": TABLE_DAYS,
        "rows": [_row(each, titles, choice, drawn) for each in found],
        "chart": survival_chart(_curves(drawn, titles)) if drawn else None,
        "notes": _notes(drawn) if drawn else [],
    }


def _curves(of: SurvivalOf, titles: dict[str, str]) -> list[Curve]:
    curves = [Curve(titles.get(of.group, of.group) or _("Saves"), of.points)]
    if of.similar:
        curves.append(Curve(_("Similar accounts"), of.similar))
    return curves


def _row(
    each: SurvivalOf, titles: dict[str, str], choice: Choice, drawn: SurvivalOf | None
) -> dict[str, Any]:
    own = {each.by: _key(each)} if each.by else {}
    return {
        "title": titles.get(each.group, each.group)
        or (_("No reason given") if each.by else _("All")),
        "query": choice.query(group=_key(each), page=1),
        "is_drawn": each is drawn,
        "count": each.count,
        "gone": each.gone,
        "saves_query": choice.only(**own, applied=1),
        "gone_query": choice.only(**own, applied=1, gone=1),
        "shares": [_at(each.points, days) for days in TABLE_DAYS],
        "similar": [_at(each.similar, days) for days in TABLE_DAYS],
        "is_few": each.note == "few",
    }


def _key(of: SurvivalOf) -> str:
    """How a link names a group: an empty value would ask for any."""
    return of.group or (NOT_SAID if of.by else "")


def _at(points: tuple[SurvivalPoint, ...], days: int) -> str:
    """The share after so many days with its interval; a dash where nobody was watched so long."""
    point = next((each for each in points if each.at_days == days), None)
    if point is None or point.share is None:
        return written.MISSING
    return _("%(share)s (%(low)s to %(high)s)") % {
        "share": written.share(point.share, 0),
        "low": written.number(100 * (point.low or 0)),
        "high": written.number(100 * (1 if point.high is None else point.high)),
    }


def _notes(of: SurvivalOf) -> list[str]:
    """What the picture does not say by itself."""
    notes = []
    if of.note == "few":
        notes.append(_("So few say nothing that could be told apart from chance."))
    if not of.similar:
        notes.append(_("No similar account was found to compare with, or none was looked for yet."))
    if of.resting:
        notes.append(
            _("%(n)s rest without paying: they are watched until their rest began.")
            % {"n": written.number(of.resting)}
        )
    return notes

"""Plays: which there are, what difference each makes, how much it says, and what is wrong."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.errors import Unavailable
from tenure.console.download import csv_reply
from tenure.console.pages.calendar.counts import STATES
from tenure.console.pages.frame import page_reply
from tenure.console.pages.plays.lift_part import claims_told
from tenure.plays.in_force import unreadable_plays
from tenure.plays.library import shipped
from tenure.plays.lift_json import COLUMNS, report_rows
from tenure.plays.lift_kept import BEING_COUNTED, report_kept
from tenure.plays.lift_parts import GOAL, MRR, PlayLift
from tenure.plays.lift_words import claim_words
from tenure.plays.listing import PlayLine, play_lines
from tenure.plays.parts import TRANSACTIONAL
from tenure.plays.switching import is_switched_on


@require_GET
def plays_page(request: HttpRequest) -> HttpResponse:
    """Every play in force, those that are on first."""
    now = system_clock()
    lines = play_lines(now)
    kept = report_kept(settings.TENURE_HOME, now)
    report = kept.report
    told = {each.play: each for each in report.plays} if report else {}
    rows = [_row(line, told.get(line.play.name)) for line in lines]
    rows.sort(key=lambda row: (not row["line"].is_on, row["line"].play.title))
    context: dict[str, Any] = {
        "rows": rows,
        "unreadable": _unreadable(),
        "shipped": len(shipped()),
        "kept": kept,
        "pooled": claims_told(report.pooled) if report else [],
        "long_term": claims_told(report.long_term) if report else [],
        "long_term_accounts": report.long_term if report else None,
    }
    return page_reply(request, "plays", _headline(lines), context, place="plays")


@require_GET
def plays_csv(request: HttpRequest) -> HttpResponse:
    """What difference plays made, with exact figures."""
    report = report_kept(settings.TENURE_HOME, system_clock()).report
    if report is None:
        raise Unavailable(BEING_COUNTED)
    rows = report_rows(report)
    return csv_reply(
        request, "plays.csv", COLUMNS, ([row[name] for name in COLUMNS] for row in rows)
    )


def state_of(line: PlayLine) -> tuple[str, str]:
    """In which state a play is, in a word, and its tone."""
    if line.has_newer:
        return _("On, edited since"), "contraction"
    if line.is_on:
        return pgettext("switched on", "On"), "expansion"
    return _("Off"), "muted"


def _row(line: PlayLine, told: PlayLift | None) -> dict[str, Any]:
    words, tone = state_of(line)
    goal = told.claim(GOAL) if told is not None else None
    money = [claim for claim in told.claims if claim.name in MRR] if told is not None else []
    # The longest time of which anything can be said.
    money = [claim for claim in money if claim.lift.value is not None]
    return {
        "line": line,
        "state": words,
        "tone": tone,
        "is_owed": line.play.purpose == TRANSACTIONAL,
        "goal": claim_words(goal, told.currency) if goal and told else "",
        "is_known": bool(goal and goal.lift.is_known),
        "money": claim_words(money[-1], told.currency) if money and told else "",
        **{name: _of(line, states) for name, states in STATES.items()},
        "costs": told.costs if told is not None else None,
        "alarm": bool(told and told.ratio and told.ratio.is_alarm),
    }


def _of(line: PlayLine, states: Sequence[str]) -> int:
    return sum(line.messages.get(state, 0) for state in states)


def _unreadable() -> list[dict[str, Any]]:
    """The plays that cannot be read any more: why, and whether one is still switched on."""
    return [
        {"name": name, "why": why, "is_on": is_switched_on(name)}
        for name, why in unreadable_plays().items()
    ]


def _headline(lines: Sequence[PlayLine]) -> str:
    on = sum(line.is_on for line in lines)
    wrong = sum(bool(line.faults) for line in lines)
    if not lines:
        return _("No play is written yet")
    said = ngettext("%(count)s play is on", "%(count)s plays are on", on) % {"count": on}
    if wrong:
        needs = ngettext("%(count)s needs somebody", "%(count)s need somebody", wrong)
        return _("%(first)s, %(second)s") % {"first": said, "second": needs % {"count": wrong}}
    return said

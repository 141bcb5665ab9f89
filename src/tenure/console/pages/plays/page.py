"""Plays: which there are, what difference each makes, how much it says, and what is wrong."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.console.download import csv_reply
from tenure.console.pages.calendar.counts import STATES
from tenure.console.pages.frame import page_reply
from tenure.console.pages.plays.figures import report_kept
from tenure.plays.in_force import unreadable_plays
from tenure.plays.lift_json import COLUMNS, report_rows
from tenure.plays.lift_parts import GOAL, MRR, PlayLift
from tenure.plays.lift_words import CLAIMS, claim_words
from tenure.plays.listing import PlayLine, play_lines
from tenure.plays.parts import TRANSACTIONAL


@require_GET
def plays_page(request: HttpRequest) -> HttpResponse:
    """Every play in force, those that are on first."""
    now = system_clock()
    lines = play_lines(now)
    report = report_kept(settings.TENURE_HOME, now)
    told = {each.play: each for each in report.plays}
    rows = [_row(line, told.get(line.play.name)) for line in lines]
    rows.sort(key=lambda row: (not row["line"].is_on, row["line"].play.title))
    context: dict[str, Any] = {
        "rows": rows,
        "unreadable": unreadable_plays(),
        "pooled": claims_told(report.pooled),
        "pooled_plays": len(report.plays),
        "long_term": claims_told(report.long_term),
        "long_term_accounts": report.long_term,
    }
    return page_reply(request, "plays", _headline(lines), context, place="plays")


@require_GET
def plays_csv(request: HttpRequest) -> HttpResponse:
    """What difference plays made, with exact figures."""
    rows = report_rows(report_kept(settings.TENURE_HOME, system_clock()))
    return csv_reply(
        request, "plays.csv", COLUMNS, ([row[name] for name in COLUMNS] for row in rows)
    )


def claims_told(told: PlayLift) -> list[dict[str, Any]]:
    """Each claim of a play with its words and figures."""
    return [
        {
            "claim": claim,
            "title": CLAIMS[claim.name],
            "said": claim_words(claim, told.currency),
            "is_money": claim.unit == "minor",
        }
        for claim in told.claims
    ]


def state_of(line: PlayLine) -> tuple[str, str]:
    """In which state a play is, in a word, and its tone."""
    if line.has_newer:
        return _("On, edited since"), "contraction"
    if line.is_on:
        return _("On"), "expansion"
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

"""Reasons: why accounts leave, as they said, as a follow-up found and as what was seen says."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.home import Home
from tenure.base.months import Months, month_of
from tenure.console import format as written
from tenure.console.download import csv_reply
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.words import reason_titles
from tenure.console.pages.reasons import tables, words
from tenure.console.pages.reasons.choose import (
    SPAN_MONTHS,
    SPAN_MOST,
    Choice,
    months_back,
    read_choice,
    span_of,
)
from tenure.console.pages.reasons.found import first_month, latest_month, leavings_of
from tenure.console.pages.reasons.rows import rows_of
from tenure.console.pages.reasons.themes import themes_shown
from tenure.lake.reading import company_day
from tenure.reasons.leavings_counted import agreement
from tenure.reasons.leavings_placed import PlacedLeaving
from tenure.reasons.leavings_with_reasons import quality
from tenure.reasons.recording import INFERRED, STATED
from tenure.reasons.taxonomy import taxonomy

CONTRADICTIONS_SHOWN = 8


@require_GET
def reasons_page(request: HttpRequest) -> HttpResponse:
    """The sums of the months in the link, each figure with its leavings behind it."""
    home: Home = settings.TENURE_HOME
    latest = latest_month(home, company_day(home, system_clock()))
    if latest is None:
        return page_reply(
            request, "reasons", _("No reason is known yet"), {"has_none": True}, place="leaving"
        )
    choice = read_choice(request.GET, latest)
    placed, known = leavings_of(home, choice), taxonomy()
    rows = tables.rows_of(placed, known)
    context: dict[str, Any] = {
        "choice": choice,
        "here": choice.query(page=1),
        "roots": tables.by_root(rows, placed, choice, known),
        "avoidable": tables.avoidable_of(placed, choice, known),
        "chart": tables.over_time(placed, choice, known),
        "matrix": tables.by_group(placed, choice, known),
        "jobs": tables.next_jobs(placed, choice),
        "sources": _sources(choice),
        "columns": [
            (words.BY[each], choice.query(by=each, page=1), each == choice.by) for each in words.BY
        ],
        "themes": themes_shown(*span_of(choice, home.company.time_zone)),
        **_trust(placed, choice),
        **_months(choice, first_month(home) or latest),
    }
    titles = reason_titles()
    title = words.title_of(
        len(placed),
        words.commonest([(row.code, row.stated) for row in rows], titles),
        words.commonest([(row.code, row.inferred) for row in rows], titles),
    )
    return page_reply(request, "reasons", title, context, place="leaving", has_charts=True)


@require_GET
def reasons_csv(request: HttpRequest) -> HttpResponse:
    """The table by reason; amounts in minor units, a column for each currency."""
    home: Home = settings.TENURE_HOME
    today = company_day(home, system_clock())
    choice = read_choice(request.GET, latest_month(home, today) or month_of(today))
    rows = tables.rows_of(leavings_of(home, choice), taxonomy())
    currencies = sorted(
        {each for row in rows for each in (*row.mrr_stated_minor, *row.mrr_inferred_minor)}
    )
    head = ["reason", "root", "avoidable", "stated", "followed_up", "inferred", "agree"]
    head += [f"mrr_{source}_minor_{each}" for source in (STATED, INFERRED) for each in currencies]
    lines = (
        [
            row.code, row.root, row.avoidable, row.stated, row.followed_up, row.inferred, row.agree,
            *(row.mrr_stated_minor.get(each, 0) for each in currencies),
            *(row.mrr_inferred_minor.get(each, 0) for each in currencies),
        ]
        for row in rows
    )  # fmt: skip
    return csv_reply(request, "reasons.csv", head, lines)


def _trust(placed: Sequence[PlacedLeaving], choice: Choice) -> dict[str, Any]:
    """How far the reasons can be trusted, and where the two contradict each other."""
    leavings = [each.leaving for each in placed]
    told, same = quality(leavings), agreement(leavings)
    contradicted = [each for each in placed if each.leaving.contradiction is not None]
    latest = sorted(contradicted, key=lambda each: each.leaving.decided_at, reverse=True)
    return {
        "quality": told,
        "agreement": same,
        "same_share": written.share(same.same_first / same.both, 0) if same.both else "",
        "same_query": choice.only(said="same"),
        "volunteered": written.share(told.volunteered_share, 0)
        if told.volunteered_share is not None
        else "",
        "all_query": choice.only(),
        "silent": tables.Cell(
            sum(each.said is None for each in leavings), choice.only(said="silent")
        ),
        "unexplained": tables.Cell(told.nothing_seen, choice.only(said="unexplained")),
        "contradicted": tables.Cell(told.contradicted, choice.only(said="contradicted")),
        "contradictions": rows_of(latest[:CONTRADICTIONS_SHOWN]),
    }


def _sources(choice: Choice) -> list[tuple[Any, str, bool]]:
    return [
        (title, choice.query(source=source, page=1), source == choice.source)
        for source, title in words.SOURCES.items()
    ]


def _months(choice: Choice, earliest: date) -> dict[str, Any]:
    """What may be chosen: every month there is anything of, and the usual spans."""
    first = max(earliest, months_back(choice.latest, SPAN_MOST))
    options = [(f"{each:%Y-%m}", written.month(each)) for each in Months(first, choice.latest)]
    presets = []
    for title, months in ((_("3 months"), 3), (_("12 months"), SPAN_MONTHS), (_("All"), 0)):
        begins = months_back(choice.latest, months) if months else first
        is_chosen = (choice.first, choice.last) == (begins, choice.latest)
        query = choice.query(first=begins, last=choice.latest, page=1)
        presets.append((title, query, is_chosen))
    return {
        "month_options": options[::-1],
        "from_value": f"{choice.first:%Y-%m}",
        "to_value": f"{choice.last:%Y-%m}",
        "presets": presets,
    }

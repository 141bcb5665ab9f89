"""Calendar: what plays sent, hold and will say, day by day, in the company's time zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.errors import NotFound
from tenure.console import format as written
from tenure.console.pages.calendar.counts import (
    PLANNED,
    STATES,
    Span,
    counts_of,
    messages_of,
    planned_in,
)
from tenure.console.pages.frame import page_reply
from tenure.console.pages.list_link import query_of, read_day, read_page_number, read_said
from tenure.lake.reading import company_day
from tenure.plays.in_force import plays
from tenure.plays.switching import plays_on

WEEKS = 4
ROWS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Counted:
    """One figure of a day: its state, in words, and where its rows are."""

    state: str
    words: str
    count: int
    query: str


@dataclass(frozen=True, slots=True)
class OnDay:
    """One play on one day."""

    title: str
    counted: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    is_today: bool
    is_past: bool
    plays: tuple[OnDay, ...]


@require_GET
def calendar_page(request: HttpRequest) -> HttpResponse:
    said, today = read_said(request.GET), company_day(settings.TENURE_HOME, system_clock())
    asked = read_day(said.get("from", "")) or today - timedelta(days=7)
    first_on = asked - timedelta(days=asked.weekday())
    span = Span(first_on, first_on + timedelta(weeks=WEEKS), _zone())
    play, titles = said.get("play", ""), {each.name: each.title for each in plays()}
    counts = counts_of(span, plays_on(), play)
    link = {"play": play}
    days = [
        Day(on, on == today, on < today, _plays(on, counts.get(on, {}), titles))
        for on in span.days()
    ]
    default = today - timedelta(days=7 + (today - timedelta(days=7)).weekday())
    context = {
        "weeks": [days[start : start + 7] for start in range(0, len(days), 7)],
        "weekdays": [day.on for day in days[:7]],
        "span": span,
        "last_on": span.before_on - timedelta(days=1),
        "play": play,
        "plays": sorted(titles.items(), key=lambda each: each[1]),
        "zone": span.zone.key,
        "is_default": first_on == default,
        "earlier": query_of({**link, "from": first_on - timedelta(weeks=WEEKS - 1)}),
        "later": query_of({**link, "from": first_on + timedelta(weeks=WEEKS - 1)}),
        "now_query": query_of(link),
        "is_empty": not counts,
    }
    return page_reply(request, "calendar", _title(counts, today), context, place="plays")


@require_GET
def day_page(request: HttpRequest, on: str) -> HttpResponse:
    """The messages, or those who come to one, behind a figure of the calendar."""
    day, said = read_day(on), read_said(request.GET)
    state, play = said.get("state", ""), said.get("play", "")
    if day is None or state not in (*STATES, PLANNED):
        raise NotFound(_("There is no such day in the calendar."))
    span = Span(day, day + timedelta(days=1), _zone())
    titles = {each.name: each.title for each in plays()}
    rows = (
        planned_in(span, plays_on(), play).order_by("due_at", "pk")
        if state == PLANNED
        else messages_of(span, state, play).order_by("stands_at", "pk")
    )
    pages = Paginator(rows, ROWS_SHOWN)
    page = pages.get_page(read_page_number(request.GET))
    link = {"play": play, "state": state}
    context = {
        "day": day,
        "state": state,
        "is_planned": state == PLANNED,
        "page": page,
        "rows": [(row, titles.get(row.play, row.play)) for row in page],
        "calendar_query": query_of({"from": day - timedelta(days=7 + day.weekday())}),
        "previous": query_of({**link, "page": page.number - 1}) if page.has_previous() else None,
        "next_page": query_of({**link, "page": page.number + 1}) if page.has_next() else None,
    }
    title = _("%(what)s on %(day)s") % {
        "what": _words(state, pages.count),
        "day": written.day(day),
    }
    if play:
        title = f"{titles.get(play, play)}: {title}"
    return page_reply(request, "calendar/day", title, context, place="plays")


def _plays(
    on: date, counts: Mapping[str, Mapping[str, int]], titles: Mapping[str, str]
) -> tuple[OnDay, ...]:
    found = []
    for name, by_state in sorted(counts.items(), key=lambda each: titles.get(each[0], each[0])):
        counted = tuple(
            Counted(
                state,
                _words(state, by_state[state]),
                by_state[state],
                query_of({"play": name, "state": state}),
            )
            for state in (*STATES, PLANNED)
            if by_state.get(state)
        )
        found.append(OnDay(titles.get(name, name), counted))
    return tuple(found)


def _words(state: str, count: int) -> str:
    words = {
        "sent": ngettext("%(n)s sent", "%(n)s sent", count),
        "waits": ngettext("%(n)s waits", "%(n)s wait", count),
        "withheld": ngettext("%(n)s withheld", "%(n)s withheld", count),
        "control": ngettext("%(n)s left out by chance", "%(n)s left out by chance", count),
        "planned": ngettext("%(n)s planned", "%(n)s planned", count),
    }[state]
    return words % {"n": written.number(count)}


def _title(counts: Mapping[date, Mapping[str, Mapping[str, int]]], today: date) -> str:
    """What goes out today and in the days after."""
    ahead = [
        by_state.get("waits", 0) + by_state.get(PLANNED, 0)
        for day, by_play in counts.items()
        if day >= today
        for by_state in by_play.values()
    ]
    if not sum(ahead):
        return _("Nothing of any play is about to go out")
    words = ngettext(
        "%(n)s message is about to go out", "%(n)s messages are about to go out", sum(ahead)
    )
    return words % {"n": written.number(sum(ahead))}


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TENURE_HOME.company.time_zone)

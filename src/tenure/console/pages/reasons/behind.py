"""The leavings behind a figure about reasons: who left, when, what they paid, said and showed."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.home import Home
from tenure.base.months import month_of
from tenure.console import format as written
from tenure.console.download import csv_reply
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.words import reason_titles
from tenure.console.pages.movements.page import period_words
from tenure.console.pages.reasons import words
from tenure.console.pages.reasons.choose import UNKNOWN, Choice, matching, read_choice
from tenure.console.pages.reasons.found import latest_month, leavings_of
from tenure.console.pages.reasons.rows import Row, rows_of
from tenure.console.pages.reasons.tables import summed
from tenure.lake.reading import company_day
from tenure.reasons.leavings_counted import next_job_of
from tenure.reasons.leavings_placed import PlacedLeaving
from tenure.reasons.recording import STATED
from tenure.reasons.taxonomy import taxonomy

PAGE_ROWS = 50
CSV_HEAD = [
    "account_id", "name", "decided_on", "plan", "mrr_minor", "stated", "followed_up", "inferred",
    "confidence", "is_weak", "next_job", "rival", "text", "evidence", "visit_id",
]  # fmt: skip


@require_GET
def reasons_behind(request: HttpRequest) -> HttpResponse:
    """The leavings that a link asks for, the latest first."""
    home: Home = settings.TENURE_HOME
    choice = read_asked(request, home)
    found = asked_for(home, choice)
    context = {"choice": choice, **listed(found, choice)}
    return page_reply(
        request, "reasons/behind", _title(len(found), choice), context, place="leaving"
    )


@require_GET
def reasons_behind_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file, a line for each leaving; several currencies stand side by side."""
    home: Home = settings.TENURE_HOME
    found = asked_for(home, read_asked(request, home))
    return csv_reply(request, "leavings.csv", CSV_HEAD, _lines(found))


def read_asked(request: HttpRequest, home: Home) -> Choice:
    """The choice in the link of a request."""
    today = company_day(home, system_clock())
    return read_choice(request.GET, latest_month(home, today) or month_of(today))


def asked_for(home: Home, choice: Choice) -> list[PlacedLeaving]:
    """The leavings of a choice, the latest first."""
    found = matching(leavings_of(home, choice), choice, taxonomy())
    return sorted(found, key=lambda each: each.leaving.decided_at, reverse=True)


def listed(found: Sequence[PlacedLeaving], choice: Choice) -> dict[str, Any]:
    """One page of them with what they paid together, and the links around it."""
    page = Paginator(found, PAGE_ROWS).get_page(choice.page)
    return {
        "rows": rows_of(list(page)),
        "page": page,
        "mrr": words.money(summed(each.leaving.mrr_minor for each in found)),
        "csv_query": choice.query(page=1),
        "previous": choice.query(page=page.number - 1) if page.has_previous() else None,
        "next_page": choice.query(page=page.number + 1) if page.has_next() else None,
    }


def _title(count: int, choice: Choice) -> str:
    sentence = ngettext(
        "%(n)s decided to leave in %(period)s", "%(n)s decided to leave in %(period)s", count
    ) % {
        "n": written.number(count),
        "period": period_words(choice.month or choice.first, choice.month or choice.last),
    }
    told = [each for each in _told(choice) if each]
    if not told:
        return sentence
    return _("%(sentence)s (%(told)s)") % {"sentence": sentence, "told": "; ".join(told)}


def _told(choice: Choice) -> Iterator[str]:
    """What narrows the list, each in words."""
    titles, jobs = reason_titles(), words.job_titles()
    groups = words.group_titles(choice.by)
    what = str(words.SOURCES[choice.source])
    if choice.reason:
        yield _("%(source)s: %(what)s") % {
            "source": what,
            "what": titles.get(choice.reason, choice.reason),
        }
    if choice.root:
        yield _("%(source)s: %(what)s") % {"source": what, "what": words.ROOTS[choice.root]}
    if choice.avoidable:
        yield _("%(source)s: %(what)s") % {
            "source": what,
            "what": words.AVOIDABLE[choice.avoidable],
        }
    if choice.job:
        job = choice.rival or jobs.get(choice.job, choice.job)
        yield _("does the job now: %(what)s") % {"what": job}
    if choice.group:
        name = groups.get(choice.group, choice.group)
        yield _("%(column)s: %(group)s") % {
            "column": words.BY[choice.by],
            "group": _("Not known then") if choice.group == UNKNOWN else name,
        }
    if choice.said:
        yield str(words.SAID[choice.said])


def _lines(found: Sequence[PlacedLeaving]) -> Iterator[list[object]]:
    for start in range(0, len(found), 500):
        part = found[start : start + 500]
        for each, row in zip(part, rows_of(part), strict=True):
            yield _line(each, row)


def _line(each: PlacedLeaving, row: Row) -> list[object]:
    leaving = each.leaving
    given, first = leaving.survey or leaving.stated, (leaving.inferred or [None])[0]
    next_job, rival = next_job_of(leaving, STATED)
    return [
        each.account_id,
        row.name,
        each.decided_on,
        each.plan,
        "; ".join(f"{minor} {code}" for code, minor in sorted(leaving.mrr_minor.items())),
        given.code if given else "",
        leaving.followed_up.code if leaving.followed_up else "",
        first.code if first else "",
        first.confidence if first else "",
        first.is_weak if first else "",
        next_job,
        rival,
        row.text,
        " | ".join(sentence for seen in row.seen[:1] for sentence, _common in seen.evidence),
        row.visit_id,
    ]

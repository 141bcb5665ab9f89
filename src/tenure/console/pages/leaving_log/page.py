"""The compliance log: what was asked, shown, answered and decided, and whether it still stands."""

from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from tenure.base.home import Home
from tenure.console import format as written
from tenure.console.pages.frame import is_part, page_reply
from tenure.console.pages.leaving.words import account_names
from tenure.console.pages.leaving_log.choose import KINDS, Choice, chosen, page_of, read_choice
from tenure.console.pages.leaving_log.entry_words import kind_words, told_entries
from tenure.console.streamed import streamed_reply
from tenure.offboard.log import HEAD
from tenure.offboard.log_checking import exported
from tenure.offboard.log_in_parts import check_part
from tenure.offboard.models import LogEntry, LogHead

COUNTED_AT_MOST = 10_000
PART = "log-checked"
CHECKED_AT_ONCE = 10_000
CHECKED_AT_ONCE_BY_HAND = 40_000  # without script each part is a click
FORMATS = {"jsonl": "application/x-ndjson; charset=utf-8", "csv": "text/csv; charset=utf-8"}


@require_GET
def log_page(request: HttpRequest) -> HttpResponse:
    """A page of entries, those of the link."""
    home: Home = settings.TENURE_HOME
    choice = read_choice(request.GET)
    page = page_of(choice, home.company.time_zone)
    names = account_names(each.account_id for each in page.entries if each.account_id)
    count = chosen(choice, home.company.time_zone)[: COUNTED_AT_MOST + 1].count()
    context = {
        "choice": choice,
        "kinds": [(kind, kind_words(kind)) for kind in KINDS],
        "entries": [
            (each, names.get(each.entry.account_id, each.entry.account_id))
            for each in told_entries(page.entries)
        ],
        "newer": choice.query(after=page.newer_than) if page.newer_than is not None else None,
        "older": choice.query(before=page.older_than) if page.older_than is not None else None,
        "count": count,
        "is_more": count > COUNTED_AT_MOST,
        "counted": written.number(min(count, COUNTED_AT_MOST)),
        "is_empty": not LogEntry.objects.exists(),
        "export_query": choice.query(),
    }
    return page_reply(request, "leaving_log", _title(choice), context, place="leaving")


@require_http_methods(["GET", "POST"])
def check_log(request: HttpRequest) -> HttpResponse:
    """Begin a check of the whole chain, or go on with it; the reply says how far it has come.

    Raises InvalidInput for a state that is not ours.
    """
    if request.method == "GET":  # an address that was kept: what to do stands on the log's page
        return page_reply(request, "leaving_log/checked", _("Check the log"), {}, place="leaving")
    is_beside = is_part(request, PART)
    at_most = CHECKED_AT_ONCE if is_beside else CHECKED_AT_ONCE_BY_HAND
    checked = check_part(request.POST.get("state", ""), settings.SECRET_KEY, at_most)
    title = _("The log is being checked")
    if checked.is_done:
        title = _("The log does not hold together") if checked.problems else _("The log holds")
    context = {
        "checked": checked,
        "problems": [
            (each, each.number + 3 if each.number is not None else None)
            for each in checked.problems
        ],
        "is_beside": is_beside,
    }
    page = "leaving_log/checked"
    if is_beside:
        return render(request, "pages/leaving_log/checked/part.html", context)
    return page_reply(request, page, title, context, place="leaving")


@require_GET
def log_export(request: HttpRequest, fmt: str) -> HttpResponseBase:
    """The entries of the link as a file, as `tenure leaving-log export` writes them."""
    if fmt not in FORMATS:
        raise Http404
    home: Home = settings.TENURE_HOME
    choice = read_choice(request.GET)
    lines: Iterator[str] = exported(chosen(choice, home.company.time_zone), fmt)
    name = "leaving-log-part" if choice.is_narrowed else "leaving-log"
    return streamed_reply(request, f"{name}.{fmt}", lines, FORMATS[fmt])


def _title(choice: Choice) -> str:
    head = LogHead.objects.filter(name=HEAD).first()
    if head is None or not head.number:
        return _("Nothing has been written into the log yet")
    count = head.number
    if choice.visit:
        return _("The log of one visit")
    return ngettext(
        "%(n)s entry, each sealed by the next", "%(n)s entries, each sealed by the next", count
    ) % {"n": written.number(count)}

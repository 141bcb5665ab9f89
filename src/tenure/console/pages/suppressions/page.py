"""Suppression and consent: who gets no mail and since when, who said what they want, and importing
either. State is in the link: `?show=addresses|lifted|consent&q=&kind=&topic=&page=`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage, TenureError
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.list_link import query_of, read_page_number, read_said
from tenure.messages.consent import EVERYTHING, words_of
from tenure.messages.import_asked import ask_import, last_import
from tenure.messages.ledger import checked_address, suppress_address
from tenure.messages.models import Consent, SuppressedFor, WordsImport
from tenure.messages.suppression import lift_suppression, suppressions
from tenure.plays.previewing import person_called

PAGE = 50
FILE_BYTES = 20_000_000
ADDRESSES, LIFTED, CONSENT = "addresses", "lifted", "consent"
SHOW_WORDS: Mapping[str, str | Promise] = {
    ADDRESSES: gettext_lazy("Addresses without mail"),
    LIFTED: gettext_lazy("Lifted"),
    CONSENT: gettext_lazy("Consent"),
}
HOW_WORDS: Mapping[str, str | Promise] = {
    "one_click": gettext_lazy("One click in a mail program"),
    "page": gettext_lazy("On the page behind a mail"),
    "complaint": gettext_lazy("Marked a mail as unwanted"),
    "operator": gettext_lazy("Said to one of us"),
    "provider": gettext_lazy("Unsubscribed at the provider"),
    "import": gettext_lazy("Imported"),
}


@require_GET
def suppressions_page(request: HttpRequest) -> HttpResponse:
    """The list that the link asks for."""
    said, page = read_said(request.GET), read_page_number(request.GET)
    show = said.get("show", ADDRESSES)
    show = show if show in SHOW_WORDS else ADDRESSES
    context: dict[str, Any] = {
        "show": show,
        "shows": [(value, words, f"?{query_of({'show': value}, {'show': ADDRESSES})}")
                  for value, words in SHOW_WORDS.items()],
        "q": said.get("q", ""),
        "kind": said.get("kind", ""),
        "topic": said.get("topic", ""),
        "kinds": SuppressedFor.choices,
        "handed_in": _handed_in(CONSENT if show == CONSENT else ADDRESSES),
    }  # fmt: skip
    count = _consent(context, page) if show == CONSENT else _addresses(context, page)
    last = max(1, -(-count // PAGE))
    asked = {name: context[name] for name in ("show", "q", "kind", "topic")}
    context |= {
        "page": page,
        "last": last,
        "earlier": query_of({**asked, "page": page - 1}) if page > 1 else None,
        "later": query_of({**asked, "page": page + 1}) if page < last else None,
    }
    return page_reply(request, "suppressions", _title(), context, place="plays")


@require_POST
def lift(request: HttpRequest) -> HttpResponse:
    """Send to an address again; who said so is kept."""
    by, now = request.user.get_username(), system_clock()
    return _done(
        request,
        lambda: lift_suppression(request.POST.get("digest", ""), now=now, by=by),
        lambda _row: _("Mail goes there again."),
    )


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Send nothing more to an address."""
    by, now = request.user.get_username(), system_clock()

    def act() -> str:
        address = checked_address(request.POST.get("address", ""))
        because = request.POST.get("because", "").strip()
        suppress_address(address, because, now, kind=SuppressedFor.OPERATOR, by=by)
        return address

    said = _("No more mail goes to %(address)s.")
    return _done(request, act, lambda address: said % {"address": address})


@require_POST
def take_file(request: HttpRequest) -> HttpResponse:
    """Hand in a file of addresses, or of what people said: it is taken in the background."""
    by, now = request.user.get_username(), system_clock()
    words = _("The file is being taken in; this page says when it is done.")
    return _done(request, lambda: _ask(request, now, by), lambda _row: words)


def _ask(request: HttpRequest, now: datetime, by: str) -> WordsImport:
    file = request.FILES.get("file")
    if file is None or file.size > FILE_BYTES:
        raise BadUsage(_("Choose a CSV file of at most 20 MB."))
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadUsage(_("The file is not UTF-8 text.")) from None
    what = CONSENT if request.POST.get("what") == CONSENT else ADDRESSES
    return ask_import(what, text, now=now, by=by)


def _handed_in(what: str) -> dict[str, Any] | None:
    """How far the file came that was handed in last."""
    row = last_import(what)
    if row is None:
        return None
    words = _("%(taken)s taken, %(known)s known already, %(refused)s not taken")
    figures = {"taken": row.taken, "known": row.known, "refused": row.refused_count}
    return {
        "row": row,
        "words": words % {name: written.number(count) for name, count in figures.items()},
        "refused": [
            _("Line %(line)s: %(why)s") % {"line": written.number(line), "why": why}
            for line, why in row.refused
        ],
    }


def _done(request: HttpRequest, act: Callable[[], Any], said: Callable[[Any], str]) -> HttpResponse:
    """Do it, say what came of it, and go back to the list."""
    try:
        messages.success(request, said(act()))
    except TenureError as error:
        messages.error(request, error.message)
    shows = request.POST.get("show", ADDRESSES)
    query = query_of({"show": shows if shows in SHOW_WORDS else ""}, {"show": ADDRESSES})
    return redirect(f"{reverse('suppressions')}{'?' if query else ''}{query}")


def _addresses(context: dict[str, Any], page: int) -> int:
    kind = context["kind"] if context["kind"] in SuppressedFor.values else ""
    found = suppressions(
        search=context["q"],
        kind=kind,
        is_lifted=context["show"] == LIFTED,
        first=(page - 1) * PAGE,
        most=PAGE,
    )
    context["rows"] = found.rows
    return found.count


def _consent(context: dict[str, Any], page: int) -> int:
    person = context["q"]
    try:
        person = person_called(person).person_id if person else ""
    except TenureError:  # of somebody who is forgotten: by the id alone
        person = context["q"]
    rows, count = words_of(person, context["topic"], first=(page - 1) * PAGE, most=PAGE)
    context["words"] = [
        {
            "said": row,
            "how": HOW_WORDS.get(row.how, row.how),
            "is_hidden": row.person_id.startswith("digest:"),
            "is_all": row.topic == EVERYTHING,
        }
        for row in rows
    ]
    topics = Consent.objects.exclude(topic=EVERYTHING).values_list("topic", flat=True)
    context["topics"] = sorted(set(topics.distinct()))
    return count


def _title() -> str:
    count = suppressions(most=1).count
    if not count:
        return _("Mail goes to every address")
    words = ngettext("%(n)s address gets no mail", "%(n)s addresses get no mail", count)
    return words % {"n": written.number(count)}

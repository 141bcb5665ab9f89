"""Proof: what customers said, who looked at it, and where it may be shown."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput, TenureError
from tenure.card.product import product
from tenure.console import format as written
from tenure.console.download import csv_reply
from tenure.console.pages.frame import page_reply
from tenure.console.pages.list_link import query_of, read_said
from tenure.console.pages.proof.words import PLACES_IN_WORDS, standing_of
from tenure.console.pages.tasks.acting import by_of
from tenure.content import asks
from tenure.content.importing import ask_for_mentions, day_at, untaken_mentions
from tenure.content.listed import SAID, said_row
from tenure.content.models import Origin, Standing, Testimonial
from tenure.content.testimonials import Said, keep
from tenure.messages.configuration import console_url

ROWS = 30
SHOWN = Q(standing=Standing.APPROVED, withdrawn_at=None) & ~Q(scope=[])
STATES: dict[str, tuple[str | Promise, Q]] = {
    "": (gettext_lazy("All"), Q()),
    "waiting": (gettext_lazy("To be looked at"), Q(standing=Standing.WAITING, withdrawn_at=None)),
    "shown": (gettext_lazy("May be shown"), SHOWN),
    "withdrawn": (gettext_lazy("Taken back"), Q(withdrawn_at__isnull=False)),
    "declined": (gettext_lazy("Declined"), Q(standing=Standing.DECLINED)),
}


@require_GET
def proof_page(request: HttpRequest) -> HttpResponse:
    """The list; `?state=`, `?feature=` and `?q=` narrow it."""
    said = read_said(request.GET)
    rows = chosen(said)
    page = Paginator(rows, ROWS).get_page(said.get("page", "1"))
    titles = {each.name: each.title or each.name for each in product().features}
    link = {name: said.get(name, "") for name in ("state", "feature", "q")}
    count = _counts()
    untaken, is_taking = untaken_mentions()
    context: dict[str, Any] = {
        "rows": [
            {
                "said": each,
                **standing_of(each),
                "places": _places(each),
                "about": [titles.get(name, name) for name in each.features],
            }
            for each in page
        ],
        "page": page,
        "query": query_of(link),
        "link": link,
        "states": [
            (title, query_of({**link, "state": name}), name, count[name])
            for name, (title, _where) in STATES.items()
        ],
        "features": list(titles.items()),
        "has_none": count[""] == 0,
        "mentions": untaken,
        "is_taking": is_taking,
    }
    return page_reply(request, "proof", _headline(count), context, place="plays")


@require_GET
def proof_csv(request: HttpRequest) -> HttpResponse:
    """The same rows as a file."""
    rows = [said_row(each) for each in chosen(read_said(request.GET))]
    return csv_reply(request, "proof.csv", SAID, ([row[name] for name in SAID] for row in rows))


@require_POST
def make_link(request: HttpRequest) -> HttpResponse:
    """Make a link by which a customer may say something, and show it."""
    form, home = request.POST, settings.TENURE_HOME
    try:
        made = asks.make_ask(
            form.get("account", "").replace("\0", "").strip(),
            person_id=form.get("person", "").replace("\0", "").strip(),
            feature=form.get("feature", ""),
            now=system_clock(),
            by=by_of(request),
        )
        address = asks.address_of(made, console_url(home))
        messages.success(request, _("Send them this link: %(address)s") % {"address": address})
    except TenureError as error:
        messages.error(request, error.message)
    return redirect(reverse("proof"))


@require_POST
def add_public(request: HttpRequest) -> HttpResponse:
    """Take in what somebody said in public: the words, and where they stand. Nothing is fetched."""
    form, now = request.POST, system_clock()
    try:
        made = keep(
            Said(
                words=form.get("words", ""),
                language=form.get("language", "en"),
                said_at=day_at(form.get("date", "")),
                who=form.get("who", ""),
                company=form.get("company", ""),
                origin=Origin.POST if form.get("kind") == Origin.POST else Origin.REVIEW,
                source_name=form.get("source", ""),
                source_url=form.get("url", ""),
            ),
            now=now,
            by=by_of(request),
        )
    except InvalidInput as error:
        messages.error(request, error.message)
        return redirect(reverse("proof"))
    return redirect(reverse("proof-one", args=[made.key]))


@require_POST
def add_mentions(request: HttpRequest) -> HttpResponse:
    """Take in what was imported as said in public and has an address: in the background."""
    ask_for_mentions(by_of(request))
    messages.success(request, _("They are being taken in, in the background."))
    return redirect(f"{reverse('proof')}?state=waiting")


def chosen(said: dict[str, str]) -> QuerySet[Testimonial]:
    """The rows that a link asks for, the latest first."""
    _title, where = STATES.get(said.get("state", ""), STATES[""])
    rows = Testimonial.objects.filter(where).order_by("-said_at", "-pk")
    if text := said.get("q", ""):
        rows = rows.filter(
            Q(words__icontains=text) | Q(who__icontains=text) | Q(company__icontains=text)
        )
    if feature := said.get("feature", ""):
        ids = [each.pk for each in rows.only("pk", "features") if feature in each.features]
        rows = rows.filter(pk__in=ids)
    return rows


def _counts() -> dict[str, int]:
    """How many there are of each state, in one look."""
    counted = {f"in_{name}": Count("pk", filter=where) for name, (_title, where) in STATES.items()}
    found = Testimonial.objects.aggregate(**counted)
    return {name: found[f"in_{name}"] for name in STATES}


def _places(said: Testimonial) -> list[str | Promise]:
    return [PLACES_IN_WORDS[place] for place in said.scope] if said.is_live else []


def _headline(count: dict[str, int]) -> str:
    if not count[""]:
        return _("Nothing that customers said is kept yet")
    shown, waiting = count["shown"], count["waiting"]
    told = ngettext(
        "Words of %(n)s customer may be shown", "Words of %(n)s customers may be shown", shown
    ) % {"n": written.number(shown)}
    if not waiting:
        return told
    more = ngettext(
        "%(told)s, %(n)s is to be looked at", "%(told)s, %(n)s are to be looked at", waiting
    )
    return more % {"told": told, "n": written.number(waiting)}

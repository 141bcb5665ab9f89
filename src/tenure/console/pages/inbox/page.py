"""People's inboxes: what one person got, what waits for them, and what was withheld and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from tenure.base.errors import NotFound
from tenure.console import format as written
from tenure.console.content_security_policy import POLICY
from tenure.console.pages.frame import page_reply
from tenure.console.pages.inbox.people import NEVER, NOT_YET, Had, had_by, lately_written_to
from tenure.console.pages.list_link import query_of, read_page_number, read_said
from tenure.customers.merging import canonical_id, ids_behind
from tenure.customers.models import Person
from tenure.messages.in_app.waiting import as_shown
from tenure.messages.models import Channel, Message
from tenure.plays.in_force import plays

PEOPLE_SHOWN, MESSAGES_SHOWN = 50, 50
WITH_FRAME = f"{POLICY}; frame-src 'self'"
# What a mail may do in its frame: show itself. Nothing runs, is fetched, sent or led to.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox"
)
KINDS = ("got", "waits", "never")


@dataclass(frozen=True, slots=True)
class Line:
    """One message in the list. `kind` is one of KINDS."""

    message: Message
    kind: str
    play: str
    says: str
    query: str
    is_chosen: bool


@require_GET
def inboxes_page(request: HttpRequest) -> HttpResponse:
    """People whom plays wrote to, the latest first; or those that a search finds."""
    asked = read_said(request.GET).get("q", "")
    people = Person.objects.filter(merged_into="")
    if asked:
        named = Q(name__icontains=asked) | Q(email__icontains=asked) | Q(person_id=asked)
        rows = list(people.filter(named).order_by("name", "person_id")[:PEOPLE_SHOWN])
    else:
        ids = lately_written_to(PEOPLE_SHOWN)
        known = people.in_bulk(ids)
        rows = [known[id] for id in ids if id in known]
    had = had_by([row.person_id for row in rows])
    context = {
        "q": asked,
        "rows": [(person, had.get(person.person_id, Had())) for person in rows],
        "is_cut": len(rows) == PEOPLE_SHOWN,
    }
    title = _("What each person gets")
    return page_reply(request, "inbox", title, context, place="plays")


@require_GET
def inbox_page(request: HttpRequest, person_id: str) -> HttpResponse:
    """One person's messages over all channels, and the one that is chosen as they see it."""
    whole = canonical_id("person", person_id)
    person = Person.objects.filter(pk=whole).first()
    if person is None:
        raise NotFound(_("There is nobody with the id “%(id)s”.") % {"id": person_id})
    said = read_said(request.GET)
    kind = said.get("show", "") if said.get("show", "") in KINDS else ""
    rows = Message.objects.filter(person_id__in=ids_behind("person", whole))
    rows = rows.annotate(at=Coalesce("sending_at", "ended_at", "next_at"))
    counts = {each: _of_kind(rows, each).count() for each in KINDS}
    pages = Paginator(_of_kind(rows, kind).order_by("-at", "-pk"), MESSAGES_SHOWN)
    page = pages.get_page(read_page_number(request.GET))
    chosen = _chosen(rows, said.get("message", "")) or next(iter(page), None)
    link = {"show": kind, "page": page.number if page.number > 1 else ""}
    context = {
        "person": person,
        "kinds": _kinds(kind, counts),
        "lines": _lines(page, chosen, link),
        "chosen": chosen,
        "chosen_play": _titles().get(chosen.play, chosen.play) if chosen else "",
        "shown": _shown(chosen, person),
        "page": page,
        "previous": query_of({**link, "page": page.number - 1}) if page.has_previous() else None,
        "next_page": query_of({**link, "page": page.number + 1}) if page.has_next() else None,
    }
    title = _title(person.name or person.email or whole, counts)
    reply = page_reply(request, "inbox/one", title, context, place="plays")
    reply.headers["Content-Security-Policy"] = WITH_FRAME
    return reply


@require_GET
@xframe_options_sameorigin
def message_frame(request: HttpRequest, message_id: int) -> HttpResponse:
    """One mail as it was written, for the frame beside the list."""
    message = Message.objects.filter(pk=message_id, channel=Channel.MAIL).exclude(person_id="")
    html = message.values_list("html", flat=True).first()
    if html is None:
        raise NotFound(_("There is no such mail."))
    reply = HttpResponse(html, content_type="text/html; charset=utf-8")
    reply.headers["Content-Security-Policy"] = MAIL_POLICY
    reply.headers["Cache-Control"] = "private, no-store"
    return reply


def _of_kind(rows: Any, kind: str) -> Any:
    if kind == "got":
        return rows.exclude(status__in=(*NOT_YET, *NEVER))
    if kind:
        return rows.filter(status__in=NOT_YET if kind == "waits" else NEVER)
    return rows


def _chosen(rows: Any, asked: str) -> Message | None:
    if not asked.isdecimal() or len(asked) > 18:
        return None
    return rows.filter(pk=int(asked)).first()


def _lines(page: Iterable[Message], chosen: Message | None, link: dict[str, Any]) -> list[Line]:
    titles = _titles()
    return [
        Line(
            message=message,
            kind=_kind_of(message),
            play=titles.get(message.play, message.play),
            says=_says(message),
            query=query_of({**link, "message": message.pk}),
            is_chosen=chosen is not None and chosen.pk == message.pk,
        )
        for message in page
    ]


def _kind_of(message: Message) -> str:
    if message.status in NOT_YET:
        return "waits"
    return "never" if message.status in NEVER else "got"


def _says(message: Message) -> str:
    """What they read of it first."""
    if message.subject:
        return message.subject
    payload = message.payload or {}
    said = payload.get("said") or {}
    words = said.get(payload.get("prefers")) or next(iter(said.values()), {})
    return str(words.get("title") or words.get("text") or message.step)


def _shown(message: Message | None, person: Person) -> dict[str, Any] | None:
    """An in-app message as its page gets it, in their language."""
    payload = (message.payload if message is not None else None) or {}
    if message is None or message.channel != Channel.IN_APP or not payload.get("said"):
        return None
    return as_shown(message, str((person.traits or {}).get("locale") or ""))


def _kinds(chosen: str, counts: dict[str, int]) -> list[tuple[str, str, int, bool]]:
    words = {"got": _("Got"), "waits": _("Waits"), "never": _("Never sent")}
    kinds = [("", _("All"), sum(counts.values()))]
    kinds += [(kind, words[kind], counts[kind]) for kind in KINDS]
    return [(query_of({"show": kind}), says, n, kind == chosen) for kind, says, n in kinds]


def _title(name: str, counts: dict[str, int]) -> str:
    got = ngettext("%(name)s got %(n)s message", "%(name)s got %(n)s messages", counts["got"])
    words = got % {"name": name, "n": written.number(counts["got"])}
    if not counts["waits"]:
        return words
    waits = ngettext("%(n)s waits", "%(n)s wait", counts["waits"])
    return f"{words}; {waits % {'n': written.number(counts['waits'])}}"


def _titles() -> dict[str, str]:
    return {each.name: each.title for each in plays()}

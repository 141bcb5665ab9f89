"""One mail as any person would get it: its words, its values with their sources, and a test of it.

The mail stands in a frame of its own, in which nothing runs, sends or leads anywhere.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import NotFound, TenureError
from tenure.card.product import product
from tenure.console.pages.flows.editor import WITH_FRAMES
from tenure.console.pages.frame import page_reply
from tenure.console.pages.templates.look import (
    SCHEME_WORDS,
    WIDTH_WORDS,
    Look,
    in_scheme,
    read_look,
)
from tenure.messages.models import Status
from tenure.plays import previewing
from tenure.plays.in_force import play_named
from tenure.plays.previewing import Preview, person_called, preview, send_test, somebody

FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
)
SOURCE_WORDS: dict[str, str | Promise] = {
    previewing.CARD: gettext_lazy("Card of the account"),
    previewing.THEIRS: gettext_lazy("The person"),
    previewing.TRAIT: gettext_lazy("A trait of theirs"),
    previewing.PRODUCT: gettext_lazy("The product file"),
    previewing.OURS: gettext_lazy("This installation"),
    previewing.DEFAULT: gettext_lazy("Default of the mail"),
    previewing.SUPPOSED: gettext_lazy("Supposed here"),
    previewing.NOT_KNOWN: gettext_lazy("Not known"),
}


@require_GET
def template_page(request: HttpRequest, play: str, mail: str) -> HttpResponse:
    """The mail as the link asks for it."""
    look = read_look(request.GET)
    seen, unknown = _seen(play, mail, look)
    context: dict[str, Any] = {
        "seen": seen,
        "look": look,
        "unknown": unknown,
        "plans": [plan.name for plan in product().plans],
        "widths": _choices(look, "width", WIDTH_WORDS),
        "schemes": _choices(look, "scheme", SCHEME_WORDS),
        "values": [(each, SOURCE_WORDS[each.source]) for each in seen.values],
        "choices": [_choice(name, value) for name, value in seen.choices.items()],
        "query": look.query(),
        "own_address": request.user.email if request.user.is_authenticated else "",
    }
    title = seen.written.subject if seen.written else _("This mail would not be sent")
    reply = page_reply(request, "templates/one", title, context, place="plays")
    reply.headers["Content-Security-Policy"] = WITH_FRAMES
    return reply


@require_GET
def template_frame(request: HttpRequest, play: str, mail: str) -> HttpResponse:
    """The mail itself, for the frame of its page."""
    look = read_look(request.GET)
    seen, _unknown = _seen(play, mail, look)
    words = in_scheme(seen.written.html, look.scheme) if seen.written else seen.problem
    kind = "html" if seen.written else "plain"
    reply = HttpResponse(words, content_type=f"text/{kind}; charset=utf-8")
    reply.headers["Content-Security-Policy"] = FRAME_POLICY
    reply.headers["X-Frame-Options"] = "SAMEORIGIN"
    reply.headers["Cache-Control"] = "private, no-store"
    return reply


@require_POST
def try_template(request: HttpRequest, play: str, mail: str) -> HttpResponse:
    """Send it to an address, as it is looked at."""
    look, now = read_look(request.GET), system_clock()
    try:
        seen, _unknown = _seen(play, mail, look)
        to = request.POST.get("to", "")
        tried = send_test(settings.TENURE_HOME, seen, to, now=now, clock=system_clock)
    except TenureError as error:
        messages.error(request, error.message)
    else:
        if tried.status == Status.SENT:
            said = _("The test is on its way to %(address)s.")
            messages.success(request, said % {"address": tried.recipient})
        else:
            said = _("The test was not sent: %(why)s")
            messages.error(request, said % {"why": tried.why})
    return redirect(f"{reverse('template', args=[play, mail])}?{look.query()}")


def _seen(play: str, mail: str, look: Look) -> tuple[Preview, str]:
    """The mail, and who was asked for and is not known."""
    unknown, person = "", None
    try:
        person = person_called(look.person) if look.person else somebody()
    except NotFound:
        unknown, person = look.person, somebody()
    seen = preview(
        settings.TENURE_HOME,
        play_named(play),
        mail,
        now=system_clock(),
        person=person,
        account_id=look.account,
        language=look.language,
        instead={"plan": look.plan} if look.plan else {},
    )
    return seen, unknown


def _choices(
    look: Look, field: str, words: dict[str, str | Promise]
) -> list[tuple[str | Promise, str, bool]]:
    """Each value in words, with the link that shows it."""
    return [
        (each, look.query(**{field: value}), getattr(look, field) == value)
        for value, each in words.items()
    ]


def _choice(name: str, value: object) -> dict[str, object]:
    """A condition or a block of the mail, and what came of it."""
    kind, _space, said = name.partition(" ")
    return {"is_block": kind == "block", "name": said, "value": value}

"""One screen of a flow as a page of its own, for the frame of the editor; and all of them at once.

The page has the policy of the hosted page, and a sandbox beside it: nothing in it runs, sends or
leads anywhere, whatever the text says.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition
from tenure.console.pages.flows.drafts import standing_of
from tenure.console.pages.flows.edited import FLOW
from tenure.console.pages.flows.editor import WITH_FRAMES, asked_text
from tenure.console.pages.flows.look import SCENARIO_WORDS, SHAPE_WORDS, Look, read_look
from tenure.console.pages.flows.seen import Seen, seen_of
from tenure.console.pages.frame import page_reply
from tenure.definitions.kinds import file_of

NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'self'"


@require_GET
def flow_screen(request: HttpRequest, name: str) -> HttpResponse:
    """The screen that the link asks for; a plain sentence where the text is no flow (any more)."""
    shown, policy, said = None, NOTHING, ""
    try:
        seen = _seen(request, name)
        shown, said = seen.shown, seen.problem
    except BadDefinition as error:
        said = error.message
    if shown is not None:
        policy = shown.policy
    reply = HttpResponse(
        shown.page if shown else said,
        content_type="text/html; charset=utf-8" if shown else "text/plain; charset=utf-8",
    )
    reply.headers["Content-Security-Policy"] = f"{policy}; form-action 'none'; sandbox"
    reply.headers["X-Frame-Options"] = "SAMEORIGIN"
    reply.headers["Cache-Control"] = "private, no-store"
    return reply


@require_GET
def flow_screens(request: HttpRequest, name: str) -> HttpResponse:
    """Every screen in every language of the flow, side by side."""
    context: dict[str, Any] = {"name": name, "columns": [], "problem": ""}
    title = _("Every screen of “%(name)s”") % {"name": name}
    try:
        seen = _seen(request, name)
    except BadDefinition as error:
        context["problem"] = error.message
    else:
        look = seen.look
        context |= {
            "look": look,
            "seen": seen,
            "problem": seen.problem,
            "back": f"{reverse('flow', args=[name])}?{look.query()}",
            "shapes": _choices(look, "shape", SHAPE_WORDS),
            "scenarios": _choices(look, "scenario", SCENARIO_WORDS),
            "lines": [
                (step, [(words, look.query(language=value, screen=step.number))
                        for value, words in seen.languages])
                for step in seen.steps
            ],
        }  # fmt: skip
    reply = page_reply(request, "flows/screens", title, context, place="leaving")
    reply.headers["Content-Security-Policy"] = WITH_FRAMES
    return reply


def _choices(
    look: Look, field: str, words: Mapping[str, str | Promise]
) -> list[tuple[str, str | Promise, str]]:
    """Each value with its words, and the link that shows it from its first screen."""
    return [(value, each, look.query(screen=0, **{field: value})) for value, each in words.items()]


def _seen(request: HttpRequest, name: str) -> Seen:
    standing = standing_of(FLOW, name)
    asked = asked_text(request, standing)
    look = read_look(request.GET)
    if asked.origin != "version":
        look = replace(look, version="")
    return seen_of(asked.text, file_of(FLOW, name), look, system_clock())

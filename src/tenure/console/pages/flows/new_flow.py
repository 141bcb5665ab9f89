"""A new flow: a name, whose text it begins with, and then the editor. Nothing is in force yet."""

import json
import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition
from tenure.console.models import DefinitionDraft
from tenure.console.pages.flows.drafts import keep_draft, standing_of
from tenure.console.pages.flows.edited import FLOW
from tenure.console.pages.frame import page_reply
from tenure.definitions.kinds import check_name
from tenure.definitions.store import all_current, versions
from tenure.offboard.flow import BUILT_IN, built_in_text

TITLE_LENGTH = 60
_TITLE = re.compile(r"(?m)^title\s*=.*$")
_LEADING_COMMENTS = re.compile(r"\A(?:#.*\n)+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f]+")


@require_http_methods(["GET", "POST"])
def new_flow(request: HttpRequest) -> HttpResponse:
    """Ask for a title; a POST makes a draft of that name and opens the editor."""
    title = _UNSEEN.sub(" ", request.POST.get("title", "")).strip()
    said = _UNSEEN.sub("", request.POST.get("from", BUILT_IN))
    problem = ""
    if request.method == "POST":
        name = slugify(request.POST.get("name", "") or title)[:TITLE_LENGTH].strip("-_")
        problem = _problem_with(title, name)
        if not problem:
            text = titled(_text_of(said), title)
            keep_draft(request.user, FLOW, name, text, "", system_clock())
            return redirect("flow", name)
    context = {
        "title_said": title,
        "name_said": request.POST.get("name", ""),
        "from_said": said,
        "problem": problem,
        "begins": sorted({BUILT_IN, *(each.name for each in all_current(FLOW))}),
    }
    reply = page_reply(request, "flows/new", _("A new flow"), context, place="leaving")
    reply.status_code = 422 if problem else 200
    return reply


def titled(text: str, title: str) -> str:
    """The text of a flow under another title; what it says of itself at its top is left out."""
    written = f"title = {json.dumps(title, ensure_ascii=False)}"
    return _TITLE.sub(lambda _found: written, _LEADING_COMMENTS.sub("", text), count=1)


def _text_of(name: str) -> str:
    return standing_of(FLOW, name).text or built_in_text()


def _problem_with(title: str, name: str) -> str:
    if not title or len(title) > TITLE_LENGTH:
        return _("Give it a title of up to %(most)s characters.") % {"most": TITLE_LENGTH}
    try:
        check_name(FLOW, name)
    except BadDefinition:
        return _(
            "No file can be named after this title. Name it in a-z, 0-9, _ and -, such as teams."
        )
    is_taken = name == BUILT_IN or bool(versions(FLOW, name))
    if is_taken or DefinitionDraft.objects.filter(kind=FLOW, name=name).exists():
        message = _("There is a flow “%(name)s” already, or a draft of one. Choose another name.")
        return message % {"name": name}
    return ""

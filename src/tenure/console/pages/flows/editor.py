"""The editor of a flow, of the offers and of the reasons: checked and seen while it is written."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition, Conflict, NotFound
from tenure.console.content_security_policy import POLICY
from tenure.console.models import DefinitionDraft
from tenure.console.pages.flows.checking import Checked, checked_text, written_text
from tenure.console.pages.flows.drafts import (
    Standing,
    discard_draft,
    draft_of,
    keep_draft,
    others_drafts,
    standing_of,
)
from tenure.console.pages.flows.edited import FLOW, OFFERS, REASONS, TITLES
from tenure.console.pages.flows.look import (
    SCENARIO_WORDS,
    SCHEME_WORDS,
    SHAPE_WORDS,
    WIDTH_WORDS,
    Look,
    read_look,
)
from tenure.console.pages.flows.seen import seen_of
from tenure.console.pages.flows.trying import FRESH_KEY, embed_snippet
from tenure.console.pages.frame import page_reply
from tenure.definitions.kinds import ALONE, check_name, file_of
from tenure.definitions.store import Definition, put_in_force, version, versions, withdraw
from tenure.offboard.flow import BUILT_IN
from tenure.offboard.flow_versions import VersionUse, use_of_versions
from tenure.offboard.trial import may_try

VERSIONS_SHOWN = 50
# The preview is a page of this host, shown in a frame that may run and send nothing.
WITH_FRAMES = f"{POLICY}; frame-src 'self'"


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version that was ever in force. `use` is None of what no visit ran under."""

    definition: Definition
    use: VersionUse | None
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The text that is to be written on, where it comes from, and what it is written over."""

    text: str
    base: str
    origin: str  # held | draft | version
    at: datetime | None = None


@require_http_methods(["GET", "POST"])
def edit_flow(request: HttpRequest, name: str) -> HttpResponse:
    """The editor of one flow. Raises Http404 for one that never was and is not being written."""
    try:
        check_name(FLOW, name)
    except BadDefinition:
        raise Http404 from None
    return _edit(request, FLOW, name)


@require_http_methods(["GET", "POST"])
def edit_definition(request: HttpRequest, kind: str) -> HttpResponse:
    """The editor of the offers, or of the reasons."""
    if kind not in (OFFERS, REASONS):
        raise Http404
    return _edit(request, kind, "")


@require_POST
def check_written(request: HttpRequest, kind: str, name: str = "") -> HttpResponse:
    """The check of the text as it stands in the editor, which is kept; for while it is written."""
    standing = _standing(request, kind, name)
    text, base, now = written_text(request), request.POST.get("base", ""), system_clock()
    keep_draft(request.user, kind, name, text, base, now)
    context = _told(standing, text, _look_of(request), now)
    return render(request, "pages/flows/edit/checked_part.html", context)


@require_http_methods(["GET"])
def preview_part(request: HttpRequest, name: str) -> HttpResponse:
    """The preview alone, for when another language, law or visitor is chosen."""
    standing = _standing(request, FLOW, name)
    asked = asked_text(request, standing)
    look = read_look(request.GET)
    context = {"standing": standing, **_seen(standing, asked.text, look, system_clock())}
    reply = render(request, "pages/flows/edit/preview.html", context)
    reply.headers["HX-Replace-Url"] = f"{reverse('flow', args=[name])}?{look.query()}"
    return reply


@require_POST
def withdraw_flow(request: HttpRequest, name: str) -> HttpResponse:
    """Put a flow out of force; its versions stay, and any can be published again."""
    standing = _standing(request, FLOW, name)
    if request.POST.get("base", "") != standing.base:
        messages.error(request, _changed_meanwhile(standing))
        return redirect("flow", name)
    withdraw(FLOW, name, now=system_clock())
    discard_draft(request.user, FLOW, name)
    messages.success(
        request,
        _("“%(name)s” is not in force any more. Its versions stay, and can be published again.")
        % {"name": name},
    )
    return redirect("flows")


def asked_text(request: HttpRequest, standing: Standing) -> Asked:
    """What the link asks for: a version, else this person's draft, else what holds.

    Raises NotFound for a version that is none of this definition.
    """
    if digest := request.GET.get("version", "").replace("\0", ""):
        asked = version(digest)
        if (asked.kind, asked.name) != (standing.kind, standing.name):
            raise NotFound(_("There is no such version of this definition."))
        return Asked(asked.text, standing.base, "version", asked.applied_at)
    draft = draft_of(request.user, standing.kind, standing.name)
    if draft is not None:
        return Asked(draft.text, draft.base, "draft", draft.saved_at)
    return Asked(standing.text, standing.base, "held")


def _edit(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    standing = _standing(request, kind, name)
    if request.method == "GET":
        return _page(request, standing, asked_text(request, standing))
    act = request.POST.get("do", "")
    if act == "discard":
        discard_draft(request.user, kind, name)
        messages.success(request, _("Your draft is discarded."))
        return redirect(_link(kind, name))
    text, base, now = written_text(request), request.POST.get("base", ""), system_clock()
    keep_draft(request.user, kind, name, text, base, now)
    if act == "publish":
        return _publish(request, standing, text, base, now)
    return redirect(f"{_link(kind, name)}?{_look_of(request).query()}#checked-title")


def _publish(
    request: HttpRequest, standing: Standing, text: str, base: str, now: datetime
) -> HttpResponse:
    """Put the text in force, or say why not; whatever happens, it stays as a draft until it is."""
    kind, name = standing.kind, standing.name
    by = request.user.get_username()
    try:
        put_in_force(kind, name, text, now=now, by=by, in_place_of=base)
    except BadDefinition:
        messages.error(request, _("It is not published: what stands below keeps it out of force."))
    except Conflict:
        # Whoever comes second compares with what holds now, and may then publish over it.
        standing = standing_of(kind, name)
        keep_draft(request.user, kind, name, text, standing.base, now)
        messages.error(request, _changed_meanwhile(standing))
    else:
        discard_draft(request.user, kind, name)
        messages.success(request, _("Published. It holds for everybody who comes from now on."))
        return redirect(_link(kind, name))
    return _page(request, standing, Asked(text, standing.base, "draft", now))


def _changed_meanwhile(standing: Standing) -> str:
    if standing.held is None:
        return _("Somebody has put it out of force meanwhile. Yours is kept as a draft.")
    return _(
        "%(who)s has published another version meanwhile. Yours is kept as a draft: compare the "
        "two below. Publishing again replaces theirs."
    ) % {"who": standing.held.applied_by}


def _page(request: HttpRequest, standing: Standing, asked: Asked) -> HttpResponse:
    now, kind, name = system_clock(), standing.kind, standing.name
    look = _look_of(request)
    context = {
        "asked": asked,
        "is_outdated": asked.origin == "draft" and asked.base != standing.base,
        "has_draft": asked.origin == "version" and draft_of(request.user, kind, name) is not None,
        "others": others_drafts(request.user, kind, name),
        "versions": _versions(standing),
        "rows": min(max(asked.text.count("\n") + 3, 18), 44),
        "file": file_of(kind, name),
        "is_alone": kind in ALONE,
        "is_shipped": standing.held is None and bool(standing.shipped),
        "page_link": _link(kind, name),
        "check_link": reverse("check-definition", args=[kind, name] if name else [kind]),
        "may_try": may_try(),
        # Shown once, and only where there is a place for it.
        "fresh_key": request.session.pop(FRESH_KEY, None) if kind == FLOW else None,
        "snippet": embed_snippet(request.build_absolute_uri("/").rstrip("/")),
        **_told(standing, asked.text, look, now),
    }
    reply = page_reply(request, "flows/edit", _title(standing), context, place="leaving")
    reply.headers["Content-Security-Policy"] = WITH_FRAMES
    return reply


def _told(standing: Standing, text: str, look: Look, now: datetime) -> dict[str, Any]:
    """The check of a text, and its preview where it is a flow."""
    checked: Checked = checked_text(text, standing)
    context: dict[str, Any] = {"standing": standing, "checked": checked}
    return context | (_seen(standing, text, look, now) if standing.kind == FLOW else {})


def _seen(standing: Standing, text: str, look: Look, now: datetime) -> dict[str, Any]:
    context: dict[str, Any] = {
        "look": look,
        "shapes": list(SHAPE_WORDS.items()),
        "scenarios": list(SCENARIO_WORDS.items()),
        "schemes": list(SCHEME_WORDS.items()),
        "widths": list(WIDTH_WORDS.items()),
        "seen": None,
    }
    try:
        seen = seen_of(text, file_of(FLOW, standing.name), look, now)
    except BadDefinition:
        return context  # the check says why
    return context | {"seen": seen, "look": seen.look}


def _standing(request: HttpRequest, kind: str, name: str) -> Standing:
    """Raises Http404 for what neither is nor was nor is being written."""
    if kind not in (FLOW, OFFERS, REASONS):
        raise Http404
    standing = standing_of(kind, name)
    is_known = standing.text or DefinitionDraft.objects.filter(kind=kind, name=name).exists()
    if not is_known and not versions(kind, name):
        raise Http404
    return standing


def _versions(standing: Standing) -> list[VersionLine]:
    found = versions(standing.kind, standing.name)[:VERSIONS_SHOWN]
    used = use_of_versions([standing.name]) if standing.kind == FLOW else {}
    return [
        VersionLine(
            each,
            used.get((standing.name, each.digest)),
            standing.held is not None and number == 0,
        )
        for number, each in enumerate(found)
    ]


def _look_of(request: HttpRequest) -> Look:
    """What is looked at. What was posted is the draft, whichever version it began with."""
    if request.method == "POST":
        return replace(read_look(request.POST), version="")
    return read_look(request.GET)


def _link(kind: str, name: str) -> str:
    return reverse("flow", args=[name]) if kind == FLOW else reverse("edit-definition", args=[kind])


def _title(standing: Standing) -> str:
    if standing.kind != FLOW:
        return str(TITLES[standing.kind])
    if standing.held is None and standing.name != BUILT_IN:
        return _("“%(name)s” is not in force") % {"name": standing.name}
    return _("The flow “%(name)s”") % {"name": standing.name}

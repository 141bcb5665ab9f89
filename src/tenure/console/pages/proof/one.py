"""One thing that a customer said: looking at it, tags, consent, its uses, taking it back."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput
from tenure.card.product import product
from tenure.console.pages.education.words import STAGES
from tenure.console.pages.frame import page_reply
from tenure.console.pages.proof.words import HOW, PLACES_IN_WORDS, standing_of
from tenure.console.pages.tasks.acting import by_of
from tenure.content.blocks import named
from tenure.content.models import Standing, Testimonial
from tenure.content.testimonials import (
    OPERATOR,
    PLACES,
    agree,
    moderate,
    shorten,
    tag,
    testimonial_of,
    withdraw,
)
from tenure.messages.configuration import console_url
from tenure.messages.quoted import quoting
from tenure.segments.definition import segments

MAILS = 20


@require_GET
def proof_one(request: HttpRequest, key: str) -> HttpResponse:
    """All that is known of one. Raises NotFound."""
    said = testimonial_of(key)
    sold = product()
    mails = quoting(said.key)
    context: dict[str, Any] = {
        "said": said,
        **standing_of(said),
        "named": named(said),
        "consents": [
            (each, HOW.get(each.how, each.how), [PLACES_IN_WORDS[one] for one in each.scope])
            for each in said.consents.order_by("-said_at", "-pk")
        ],
        "places": [(place, words, place in said.scope) for place, words in PLACES_IN_WORDS.items()],
        "tags": [
            (name, title, [(value, words, value in getattr(said, name)) for value, words in known])
            for name, title, known in (
                ("features", _("Features"), _with(said.features, _features(sold.features))),
                ("segments", _("Segments"), _with(said.segments, _segments())),
                ("plans", _("Plans"), _with(said.plans, [(p.name, p.name) for p in sold.plans])),
                ("stages", _("Stages"), _with(said.stages, list(STAGES.items()))),
            )
            if known
        ],
        "kept_from": ", ".join(said.kept_from),
        "mails": mails[:MAILS],
        "mail_count": mails.count(),
        "sites": said.sites.order_by("-last_on", "host"),
        "snippet": _snippet(said),
    }
    title = _("What %(who)s said") % {"who": named(said)}
    return page_reply(request, "proof/one", title, context, place="plays")


@require_POST
def proof_act(request: HttpRequest, key: str, what: str) -> HttpResponse:
    """approve, decline, wait, tag, shorten, agree or withdraw."""
    said, now, by = testimonial_of(key), system_clock(), by_of(request)
    form = request.POST
    try:
        if what in _STANDINGS:
            because = form.get("because", "")
            moderate(said, _STANDINGS[what], by=by, now=now, because=because)
        elif what == "tag":
            tags = {
                name: form.getlist(name) for name in ("features", "segments", "plans", "stages")
            }
            kept_from = [each.strip() for each in form.get("kept_from", "").split(",")]
            tag(said, now, **tags, kept_from=kept_from)
        elif what == "shorten":
            shorten(said, form.get("excerpt", ""), now)
        elif what == "agree":
            scope = [place for place in PLACES if form.get(f"may_{place}")]
            agree(said, scope, how=OPERATOR, by=by, now=now, evidence=form.get("evidence", ""))
        elif what == "withdraw":
            withdraw(said, how=OPERATOR, by=by, now=now, evidence=form.get("evidence", ""))
        messages.success(request, _("Noted."))
    except InvalidInput as error:
        messages.error(request, error.message)
    return redirect(reverse("proof-one", args=[key]))


_CHOSEN = ("features", "segments", "plans", "stages")
_STANDINGS = {
    "approve": Standing.APPROVED,
    "decline": Standing.DECLINED,
    "wait": Standing.WAITING,
}


def _features(known: Any) -> list[tuple[str, str]]:
    return [(each.name, each.title or each.name) for each in known]


def _segments() -> list[tuple[str, str]]:
    """Those over accounts; stages have tags of their own."""
    return [
        (each.name, str(each.title))
        for each in segments()
        if each.over == "account" and not each.name.startswith("stage_")
    ]


def _with(held: list[str], known: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """What may be chosen, and what was though it is there no more."""
    names = {name for name, _words in known}
    return [*known, *((name, name) for name in held if name not in names)]


def _snippet(said: Testimonial) -> str:
    """What puts it, and its like, into a page."""
    base = console_url(settings.TENURE_HOME)
    feature = f' data-feature="{said.features[0]}"' if said.features else ""
    return (
        f"<div data-tenure-proof{feature}></div>\n"
        f'<script src="{base}/tenure-proof.js" defer></script>'
    )

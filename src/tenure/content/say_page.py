"""The page on which somebody says something about us: public, by a signed link, without script.

GET   /say/<token>      the form; or what they said, and a button to take it back
POST  /say/<token>      say | back | never

A GET changes nothing, because scanners open links. No cookie is read.
"""

import json
from datetime import datetime
from functools import cache
from importlib.resources import files

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import get_template
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tenure.base.clock import system_clock
from tenure.base.errors import Conflict, InvalidInput, TenureError, TooLarge
from tenure.base.ids import digest
from tenure.card.product import product
from tenure.content import asks
from tenure.content.models import Ask, Testimonial
from tenure.content.testimonials import MAIL, PLACES, SITE, Said
from tenure.customers.models import Account, Membership, Person
from tenure.kit.public_page import direction_of, public_reply
from tenure.lake.recording import record

BODY_BYTES = 64_000
GIVEN = "Testimonial Given"


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def say_page(request: HttpRequest, token: str) -> HttpResponse:
    """The page of one link."""
    now = system_clock()
    try:
        ask = asks.ask_of(token, now)
        if request.method == "POST":
            return _taken(request, ask, token, now)
        return _shown(request, ask)
    except TenureError as error:
        return failed_page(request, error)


def _taken(request: HttpRequest, ask: Ask, token: str, now: datetime) -> HttpResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES:
        raise TooLarge("this is too long; write at most 5,000 characters")
    action = request.POST.get("action", "")
    if action == "back":
        asks.take_back(ask, now)
    elif action == "never":
        asks.decline(ask, now)
    elif action == "say":
        try:
            made = asks.answer(ask, _said(request, ask, now), _scope(request), now)
            _tell(made, now)
        except (InvalidInput, Conflict) as error:
            return _shown(request, ask, error)
    chosen = request.GET.get("language", "")
    query = f"?language={chosen}" if chosen in dict(languages()) else ""
    return HttpResponseRedirect(f"{asks.PATH}{token}{query}", status=303)


def _tell(made: Testimonial, now: datetime) -> None:
    """An event, so that whoever asked knows that it was answered; it has none of the words."""
    row = {
        "message_id": digest("testimonial", made.key),
        "type": "system",
        "name": GIVEN,
        "occurred_at": now,
        "account_key": made.account_id or None,
        "user_id": made.person_id or None,
        "properties": json.dumps({"testimonial": made.key}),
    }
    record(settings.TENURE_HOME, settings.DATABASE_URL, [row], now)


def _said(request: HttpRequest, ask: Ask, now: datetime) -> Said:
    texts = {
        name: request.POST.get(name, "").replace("\r\n", "\n").encode("utf-8", "replace").decode()
        for name in ("words", "who", "role", "company")
    }
    return Said(
        **texts, language=_spoken(request, ask), said_at=now,
        person_id=ask.person_id, account_id=ask.account_id,
    )  # fmt: skip


def _spoken(request: HttpRequest, ask: Ask) -> str:
    """The language of what they wrote: as they say, else that of the page."""
    said = request.POST.get("language", "")
    return said if said in dict(languages()) else language_of(request, ask.language)


def _scope(request: HttpRequest) -> list[str]:
    return [place for place in PLACES if request.POST.get(f"may_{place}")]


def _shown(request: HttpRequest, ask: Ask, error: TenureError | None = None) -> HttpResponse:
    language = language_of(request, ask.language)
    with translation.override(language):
        said = ask.testimonial
        context = {
            **frame(language),
            "company": settings.TENURE_HOME.company.name,
            "said": said if said is not None and said.withdrawn_at is None else None,
            "is_taken_back": said is not None and said.withdrawn_at is not None,
            "is_declined": _is_declined(ask),
            "feature": _feature_title(ask.feature),
            "values": request.POST if error else _known(ask),
            "wrong": _wrong(error),
            "places": [
                (MAIL, _("In mails to other customers")),
                (SITE, _("On the website")),
            ],
            "scope": said.scope if said else _scope(request),
        }
        html = get_template("content/say.html").render(context)
    return public_reply(html, style(), 422 if error else 200, language)


def _is_declined(ask: Ask) -> bool:
    """Of somebody what they said last, here or among the mail they get; of a link what was said."""
    return asks.has_said_no(ask.person_id) if ask.person_id else ask.declined_at is not None


def _wrong(error: TenureError | None) -> str:
    if error is None:
        return ""
    if error.field == "scope":
        return _("Say where it may be shown. If it may be shown nowhere, just close this page.")
    if error.field == "words" and isinstance(error, InvalidInput):
        return _("Write at least one sentence, and at most 5,000 characters.")
    return _("This could not be taken. Look at it again, please.")


def _known(ask: Ask) -> dict[str, str]:
    """How they may want to be named, to begin with."""
    person = Person.objects.filter(pk=ask.person_id).first() if ask.person_id else None
    account = Account.objects.filter(pk=ask.account_id).first() if ask.account_id else None
    if account is None and person is not None:
        account = _only_account(person)
    traits = person.traits if person else {}
    return {
        "who": person.name if person else "",
        "role": str(traits.get("title") or traits.get("job_title") or ""),
        "company": account.name if account else "",
    }


def _only_account(person: Person) -> Account | None:
    rows = Membership.objects.filter(person=person, until_at=None).select_related("account")[:2]
    return rows[0].account if len(rows) == 1 else None


def _feature_title(name: str) -> str:
    return next((each.title or each.name for each in product().features if each.name == name), "")


def failed_page(request: HttpRequest, error: TenureError) -> HttpResponse:
    """What a link that opens nothing says."""
    language = language_of(request, "")
    with translation.override(language):
        words = (
            _("The time of this link is over.")
            if isinstance(error, asks.LinkExpired)
            else _("This link does not work. Copy all of it from the mail, and open it again.")
        )
        html = get_template("content/failed.html").render({**frame(language), "words": words})
    return public_reply(html, style(), 404 if error.status == 401 else error.status, language)


def language_of(request: HttpRequest, wanted: str) -> str:
    """As chosen on the page, else as the link says, else the browser's."""
    for each in (request.GET.get("language", ""), wanted):
        if each in dict(languages()):
            return each
    return translation.get_language_from_request(request)


def languages() -> list[tuple[str, str]]:
    """Code and own name of each language of these pages."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def frame(language: str) -> dict[str, object]:
    """What every public page of this slice has around it."""
    return {
        "language": language,
        "direction": direction_of(language),
        "languages": languages(),
        "style": style(),
    }


@cache
def style() -> str:
    """The one style sheet of these pages."""
    return (files("tenure.content") / "public.css").read_text("utf-8")

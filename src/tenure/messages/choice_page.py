"""The page on which somebody says which mail they want: public, by a signed link.

GET   /mail/<token>     what they get, with a button for each; changes nothing: scanners open links
POST  /mail/<token>     `List-Unsubscribe=One-Click` (RFC 8058), or one of the page's buttons

No cookie is read, so nothing can be done in somebody's name from elsewhere.
"""

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
from tenure.base.errors import TenureError
from tenure.customers.merging import canonical_id, ids_behind
from tenure.kit.public_page import direction_of, public_reply
from tenure.messages import consent
from tenure.messages.choice_link import PATH, ChoiceLink, read_choice_token
from tenure.messages.models import Message

BODY_BYTES = 10_000


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def choice_page(request: HttpRequest, token: str) -> HttpResponse:
    """The page of one link."""
    try:
        link = read_choice_token(token, settings.SECRET_KEY)
    except TenureError as error:
        return _page(request, None, error.status)
    if request.method != "POST":
        return _page(request, link, 200)
    now = system_clock()
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES:
        return _page(request, link, 413)
    if request.POST.get("List-Unsubscribe") == "One-Click":
        _say(link, link.topic, consent.ONE_CLICK, now, is_granted=False)
        return HttpResponse("unsubscribed\n", content_type="text/plain; charset=utf-8")
    action, topic = request.POST.get("action", ""), request.POST.get("topic", "")
    if action in ("off", "on") and topic in {*_listed(link), consent.EVERYTHING}:
        _say(link, topic, consent.PAGE, now, is_granted=action == "on")
    return HttpResponseRedirect(f"{PATH}{token}", status=303)


def topics_of(link: ChoiceLink) -> list[str]:
    """The topics of the mails that somebody has had under any of their ids, and of this one."""
    had = Message.objects.filter(person_id__in=_ids(link)).exclude(topic="")
    return sorted({link.topic, *had.values_list("topic", flat=True).distinct()} - {""})


def _listed(link: ChoiceLink) -> list[str]:
    """The same, and being asked for something, where they were or said a word on it."""
    were = Message.objects.filter(person_id__in=_ids(link), asks=True).exists()
    is_asked = were or bool(consent.words_of(link.person_id, consent.ASKING, most=1)[1])
    return [*topics_of(link), *([consent.ASKING] if is_asked else [])]


def _ids(link: ChoiceLink) -> set[str]:
    """Who it is, by whatever id: they may have been two people to us."""
    return {link.person_id, *ids_behind("person", canonical_id("person", link.person_id))}


def _say(link: ChoiceLink, topic: str, how: str, now: datetime, *, is_granted: bool) -> None:
    consent.say(link.person_id, topic, is_granted=is_granted, how=how, now=now)


def _page(request: HttpRequest, link: ChoiceLink | None, status: int) -> HttpResponse:
    language = translation.get_language_from_request(request)
    with translation.override(language):
        listed = _listed(link) if link else []
        off = consent.topics_off(link.person_id, listed) if link else set()
        titles = {consent.ASKING: _("Being asked for a review, a score or an introduction")}
        topics = [(topic, titles.get(topic, topic), topic not in off) for topic in listed]
        context = {
            "language": language,
            "direction": direction_of(language),
            "style": _style(),
            "company": settings.TENURE_HOME.company.name,
            "link": link,
            "topics": topics,
            "is_all_off": bool(topics)
            and not any(is_on for topic, _title, is_on in topics if topic != consent.ASKING),
        }
        html = get_template("messages/choices.html").render(context)
    return public_reply(html, _style(), status, language)


@cache
def _style() -> str:
    return (files("tenure.messages") / "choices.css").read_text("utf-8")

"""What a replay found of people: what goes, waits or does not; mails as they would have been."""

from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.console.pages.templates.framed import framed
from tenure.messages.because_words import because_name
from tenure.plays.models import PlayReplay, ReplayedMail
from tenure.plays.parts import Play
from tenure.plays.replay_failed import WITHOUT_A_WORD, failed_because


def replayed_part(play: Play) -> dict[str, Any]:
    """What the page shows of it; `to_people` is None of a replay before that was counted."""
    held = PlayReplay.objects.filter(digest=play.digest).first()
    found = held.summary.get("to_people") if held is not None else None
    mails = ReplayedMail.objects.filter(digest=play.digest).defer("html").order_by("pk")
    return {
        "failed": _failed(play.name),
        "to_people": found,
        "waited": _named(found["waited"]) if found else [],
        "withheld": _named(found["withheld"]) if found else [],
        "examples": [
            (step, list(theirs)) for step, theirs in groupby(mails, key=lambda mail: mail.step)
        ],
    }


@require_GET
def replayed_frame(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One of the mails as HTML, for its frame: nothing in it runs or leads anywhere."""
    mail = ReplayedMail.objects.filter(pk=number).first()
    if mail is None or not PlayReplay.objects.filter(play=name, digest=mail.digest).exists():
        raise Http404
    return framed(mail.html)


def _failed(name: str) -> str:
    why = failed_because(name)
    if why != WITHOUT_A_WORD:
        return why
    words = _("It ended without a word; in a terminal, tenure replay %(play)s says why")
    return words % {"play": name}


def _named(codes: dict[str, int]) -> list[tuple[str, int]]:
    return [(because_name(code), count) for code, count in codes.items()]

"""Templates: every mail of every play, in which languages it stands, and how often it went out."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.list_link import read_said
from tenure.plays.mail_listing import ListedMail, listed_mails


@require_GET
def templates_page(request: HttpRequest) -> HttpResponse:
    """Every mail, those of one play where the link names one."""
    said = read_said(request.GET)
    play = said.get("play", "")
    mails = listed_mails()
    shown = [mail for mail in mails if not play or mail.play == play]
    plays = list(dict.fromkeys((mail.play, mail.play_title) for mail in mails))
    context = {"mails": shown, "plays": plays, "play": play}
    return page_reply(request, "templates", _title(shown), context, place="plays")


def _title(mails: Sequence[ListedMail]) -> str:
    broken = sum(bool(mail.problem) for mail in mails)
    if broken:
        words = ngettext(
            "%(n)s mail cannot be written any more",
            "%(n)s mails cannot be written any more",
            broken,
        )
        return words % {"n": written.number(broken)}
    if not mails:
        return _("No play says anything by mail yet")
    words = ngettext("%(n)s mail can be sent", "%(n)s mails can be sent", len(mails))
    return words % {"n": written.number(len(mails))}

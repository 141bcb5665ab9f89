"""All messages that fit the link: `?q=&status=&purpose=&channel=&play=&step=&page=`."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.list_link import query_of, read_page_number, read_said
from tenure.messages.models import Channel, Purpose, Status
from tenure.messages.searching import Search, search_messages

PAGE = 50
GROUP_WORDS: Mapping[str, str | Promise] = {
    "waiting": gettext_lazy("On its way"),
    "out": gettext_lazy("Went out"),
    "withheld": gettext_lazy("Withheld or refused"),
    "answered": gettext_lazy("Answered"),
}


@require_GET
def message_list(request: HttpRequest) -> HttpResponse:
    """The messages that fit, the latest first."""
    asked, page = _asked(read_said(request.GET)), read_page_number(request.GET)
    found = search_messages(asked, first=(page - 1) * PAGE, most=PAGE)
    last = max(1, -(-found.count // PAGE))
    context = {
        "asked": asked,
        "found": found.rows,
        "count": found.count,
        "page": page,
        "last": last,
        "earlier": _query(asked, page - 1) if page > 1 else None,
        "later": _query(asked, page + 1) if page < last else None,
        "statuses": [*GROUP_WORDS.items(), *Status.choices],
        "purposes": Purpose.choices,
        "channels": Channel.choices,
    }
    title = _("No message fits")
    if found.count:
        words = ngettext("%(n)s message", "%(n)s messages", found.count)
        title = words % {"n": written.number(found.count)}
    return page_reply(request, "messages/list", title, context, place="plays")


def _asked(said: Mapping[str, str]) -> Search:
    """What is no state, purpose or channel is left out."""
    status = said.get("status", "")
    return Search(
        words=said.get("q", ""),
        status=status if status in (*GROUP_WORDS, *Status.values) else "",
        purpose=_among(said.get("purpose", ""), Purpose.values),
        channel=_among(said.get("channel", ""), Channel.values),
        play=said.get("play", ""),
        step=said.get("step", ""),
    )


def _among(value: str, known: Sequence[str]) -> str:
    return value if value in known else ""


def _query(asked: Search, page: int) -> str:
    return query_of(
        {
            "q": asked.words, "status": asked.status, "purpose": asked.purpose,
            "channel": asked.channel, "play": asked.play, "step": asked.step, "page": page,
        },
        {"page": 1},
    )  # fmt: skip

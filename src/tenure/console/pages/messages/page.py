"""Messages: how many were meant, where they are, and the unsure, which somebody has to settle."""

from collections.abc import Sequence

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import Conflict, NotFound
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.messages.counting import Balance, balances
from tenure.messages.mailbox.standing import mailbox_standing
from tenure.messages.models import SECRET_PURPOSES, Channel, Purpose, Status
from tenure.messages.readiness import ways_out
from tenure.messages.resolving import (
    resolve_as_sent,
    send_again,
    unsure_messages,
)


@require_GET
def messages_page(request: HttpRequest) -> HttpResponse:
    unsure, counted = unsure_messages(), balances()
    used = {each for balance in counted for each, n in balance.by_status.items() if n}
    shown = [each for each in Status.values if each in used]
    context = {
        "statuses": [Status(each).label for each in shown],
        "balances": [_row(balance, shown) for balance in counted],
        "unsure": [
            (message, message.get_purpose_display(), message.purpose not in SECRET_PURPOSES)
            for message in unsure
        ],
        "ways": ways_out(settings.TENURE_HOME),
        "mailbox": mailbox_standing(settings.TENURE_HOME, system_clock()),
    }
    return page_reply(request, "messages", _title(len(unsure)), context)


@require_POST
def resolve(request: HttpRequest) -> HttpResponse:
    """Say what became of an unsure message."""
    key, now, by = request.POST.get("key", ""), system_clock(), request.user.get_username()
    try:
        if request.POST.get("as") == "sent":
            resolve_as_sent(key, now=now, by=by)
            messages.success(request, _("Held to have arrived."))
        else:
            send_again(key, now=now, by=by)
            messages.success(request, _("It is sent again."))
    except (Conflict, NotFound) as error:
        messages.error(request, error.message)
    return redirect("messages")


def _row(balance: Balance, shown: Sequence[str]) -> dict[str, object]:
    return {
        "purpose": Purpose(balance.purpose).label,
        "channel": Channel(balance.channel).label,
        "intended": balance.intended,
        "by": f"purpose={balance.purpose}&channel={balance.channel}",
        "counts": [(status, balance.by_status[status]) for status in shown],
    }


def _title(unsure: int) -> str:
    if not unsure:
        return _("Every message is accounted for")
    words = ngettext(
        "%(n)s message may have arrived or not", "%(n)s messages may have arrived or not", unsure
    )
    return words % {"n": written.number(unsure)}

"""One message: where it stands and how it came to that, its words, and what they were made of."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import Conflict, InvalidInput
from tenure.console.pages.flows.editor import WITH_FRAMES
from tenure.console.pages.frame import page_reply
from tenure.console.pages.templates.framed import framed
from tenure.console.templatetags.console import instant
from tenure.messages.mailbox.models import MailReply
from tenure.messages.mailbox.replies import keep_as_candidate, language_of
from tenure.messages.models import SECRET_PURPOSES, Message
from tenure.plays.mail_source import enrolment_of_message, source_of
from tenure.plays.models import Enrolment, PlayDecision
from tenure.plays.why_words import decision_sentence

WITHOUT_BODY = "the words of this message are not kept\n"


@require_GET
def message_page(request: HttpRequest, number: int) -> HttpResponse:
    """The message of this number."""
    message = get_object_or_404(
        Message.objects.prefetch_related("decisions", "feedback"), pk=number
    )
    row = enrolment_of_message(message)
    values = dict(message.data.values) if hasattr(message, "data") else {}
    context: dict[str, Any] = {
        "message": message,
        "is_secret": message.purpose in SECRET_PURPOSES,
        "values": {name: said for name, said in values.items() if not _is_choice(name)},
        "choices": {name: said for name, said in values.items() if _is_choice(name)},
        "source": source_of(message),
        "enrolment": row,
        "way": [(said, decision_sentence(said, instant)) for said in _decisions(row)],
        "feedback": message.feedback.order_by("at", "id"),
        "replies": [(each, language_of(each)) for each in message.replies.order_by("at", "id")],
    }
    title = f"{message.get_status_display()}: {message.subject or message.get_purpose_display()}"
    reply = page_reply(request, "messages/one", title, context, place="plays")
    reply.headers["Content-Security-Policy"] = WITH_FRAMES
    return reply


@require_POST
def keep_reply(request: HttpRequest, number: int, reply: int) -> HttpResponse:
    """Keep an answer as a candidate for social proof, and go where it is looked at."""
    found = get_object_or_404(MailReply, pk=reply, message_id=number)
    try:
        kept = keep_as_candidate(
            found,
            now=system_clock(),
            by=request.user.get_username(),
            language=request.POST.get("language", "").strip(),
        )
    except (InvalidInput, Conflict) as error:
        messages.error(request, error.message)
        return redirect("message", number)
    messages.success(request, _("Kept. It is shown nowhere before its author agrees."))
    return redirect("proof-one", kept.key)


@require_GET
def message_frame(request: HttpRequest, number: int) -> HttpResponse:
    """Its words as HTML, for the frame of its page: nothing in them runs or leads anywhere."""
    message = Message.objects.filter(pk=number).exclude(purpose__in=SECRET_PURPOSES).first()
    if message is None:
        raise Http404
    return framed(message.html, WITHOUT_BODY)


def _decisions(row: Enrolment | None) -> QuerySet[PlayDecision]:
    """Why the enrolment went the way it did, in order."""
    return PlayDecision.objects.filter(enrolment=row).exclude(enrolment=None).order_by("at", "id")


def _is_choice(name: str) -> bool:
    return name.startswith(("where ", "block "))

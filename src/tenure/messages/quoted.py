"""Mails that quote a customer, and wait: what was said is taken out when it may be said no more.

A mail that can be mended is sent without the words; one that cannot is withheld. What is claimed
by a sender and not begun goes back, so that the sender does not send what it holds in memory.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from tenure.content.blocks import cut_out, text_of
from tenure.content.models import Testimonial
from tenure.messages.models import Message, Status

ABOUT = "content"  # the kind of what a message is about, with the key of the words
WHY = "it quotes words that may be said no more"
_WAITING = (Status.READY, Status.HELD, Status.CLAIMED)
_LANGUAGE = re.compile(r'<html[^>]*\blang="([\w-]+)"')


def take_out(key: str, now: datetime) -> int:
    """How many mails that wait quoted the words of this testimonial, and do so no more."""
    waiting = Message.objects.filter(
        about__kind=ABOUT, about__subject_id=key, status__in=_WAITING
    ).select_for_update(of=("self",))
    said = Testimonial.objects.filter(key=key).first()
    for message in waiting:
        held = {"claim": "", "claimed_until": None}
        if message.status == Status.CLAIMED:
            held["status"] = Status.READY
        mended = _without(message, said) if said is not None else None
        if mended is None:
            held |= {"status": Status.SUPPRESSED, "why": WHY, "ended_at": now}
        else:
            held |= mended
            message.about.filter(kind=ABOUT, subject_id=key).delete()
        Message.objects.filter(pk=message.pk, status__in=_WAITING).update(**held)
    return len(waiting)


def _without(message: Message, said: Testimonial) -> dict[str, str] | None:
    """The mail's two texts without the words; None where they cannot be found in both."""
    found = _LANGUAGE.search(message.html)
    zone = ZoneInfo(settings.TENURE_HOME.company.time_zone)
    quoted = text_of(said, found[1] if found else settings.LANGUAGE_CODE, zone)
    html, was_in = cut_out(message.html, said.key)
    if not was_in or quoted not in message.text:
        return None
    text = re.sub(r"\n{3,}", "\n\n", message.text.replace(quoted, ""))
    return {"html": html, "text": text}

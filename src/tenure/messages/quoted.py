"""Mails that quote a customer: which words stand in which mail; and out of those that wait
they are taken when they may be said no more.

A mail that can be mended is sent without the words; one that cannot is withheld. What is claimed by
a sender and not begun goes back, so that the sender does not send what it holds in memory.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from tenure.content.blocks import cut_out, keys_in, text_of
from tenure.content.models import Testimonial
from tenure.content.testimonials import MAIL
from tenure.messages.models import Message, MessageAbout, Status

ABOUT = "content"  # the kind of what a message is about, with the key of the words
WHY = "it quotes words that may be said no more"
_WAITING = (Status.READY, Status.HELD, Status.CLAIMED)
_LANGUAGE = re.compile(r'<html[^>]*\blang="([\w-]+)"')


def note_quotes(written: Iterable[tuple[int, str]]) -> None:
    """Write down which words stand in mails, by the row of each and its HTML: as they are written
    into the ledger, in that transaction. Words that may be said no more are taken out again."""
    found = [(pk, key) for pk, html in written for key in keys_in(html)]
    if not found:
        return
    MessageAbout.objects.bulk_create(
        [MessageAbout(message_id=pk, kind=ABOUT, subject_id=key) for pk, key in found],
        ignore_conflicts=True,
    )
    keys = {key for _, key in found}
    for key in keys - _sayable(keys):
        take_out(key)


def note_quotes_anew(message_id: int, html: str) -> None:
    """The same of a mail that waited and was written again."""
    MessageAbout.objects.filter(message_id=message_id, kind=ABOUT).delete()
    note_quotes([(message_id, html)])


def take_out(key: str, now: datetime | None = None) -> int:
    """How many mails that wait quoted the words of this testimonial, and do so no more."""
    waiting = Message.objects.filter(
        about__kind=ABOUT, about__subject_id=key, status__in=_WAITING
    ).select_for_update(of=("self",))
    said = Testimonial.objects.filter(key=key).first()
    for message in waiting:
        _mend(message, key, said, now)
    return len(waiting)


def quoting(key: str) -> Sequence[Message]:
    """The mails that quote it, or did when they were sent, the latest first."""
    rows = Message.objects.filter(about__kind=ABOUT, about__subject_id=key)
    return rows.order_by("-intended_at", "-pk")


def _mend(message: Message, key: str, said: Testimonial | None, now: datetime | None) -> None:
    held: dict[str, object] = {"claim": "", "claimed_until": None}
    if message.status == Status.CLAIMED:
        held["status"] = Status.READY
    mended = _without(message, said) if said is not None else None
    if mended is None:
        ended_at = now or message.intended_at
        held |= {"status": Status.SUPPRESSED, "why": WHY, "ended_at": ended_at}
    else:
        held |= mended
    if Message.objects.filter(pk=message.pk, status__in=_WAITING).update(**held):
        message.about.filter(kind=ABOUT, subject_id=key).delete()


def _sayable(keys: Collection[str]) -> set[str]:
    rows = Testimonial.objects.filter(key__in=keys)
    return {each.key for each in rows if each.is_live and MAIL in each.scope}


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

"""Mails that quote a customer: which words stand in which mail; and out of those that wait
they are taken when they may be said no more.

A mail that can be mended is sent without the words; one that cannot is withheld. What is claimed by
a sender and not begun goes back, so that the sender does not send what it holds in memory.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from tenure.content.blocks import cut_out, keys_in, text_of
from tenure.content.models import Testimonial
from tenure.content.testimonials import MAIL, PLACES, SITE
from tenure.messages.models import Channel, Message, MessageAbout, Status

ABOUT = "content"  # the kind of what a message is about, with the key of the words
WHY = "it quotes words that may be said no more"
_WAITING = (Status.READY, Status.HELD, Status.CLAIMED, Status.SHOWN)  # the last in the product
Payload = Mapping[str, Any] | None
Written = tuple[int, str, Payload]
_LANGUAGE = re.compile(r'<html[^>]*\blang="([\w-]+)"')


def note_quotes(written: Iterable[Written]) -> None:
    """Write down which words stand in messages, by the row of each, its HTML and its payload: as
    they are written into the ledger, in that transaction. Words that may be said no more are taken
    out again."""
    found = [
        (pk, key, _place(payload)) for pk, html, payload in written
        for key in keys_in(_said_in(html, payload))
    ]  # fmt: skip
    if not found:
        return
    MessageAbout.objects.bulk_create(
        [MessageAbout(message_id=pk, kind=ABOUT, subject_id=key) for pk, key, _ in found],
        ignore_conflicts=True,
    )
    said = {(key, place) for _, key, place in found}
    for key, place in sorted(said - _sayable({key for key, _ in said})):
        take_out(key, places=(place,))


def note_quotes_anew(message_id: int, html: str, payload: Payload) -> None:
    """The same of a message that waited and was written again."""
    MessageAbout.objects.filter(message_id=message_id, kind=ABOUT).delete()
    note_quotes([(message_id, html, payload)])


def take_out(key: str, now: datetime | None = None, places: Collection[str] = PLACES) -> int:
    """How many messages that wait quoted the words of this testimonial, and do so no more: mails
    where they may not be in mails, what the product shows where they may not be on the site."""
    waiting = Message.objects.filter(
        about__kind=ABOUT, about__subject_id=key, status__in=_WAITING
    ).select_for_update(of=("self",))
    if MAIL not in places:
        waiting = waiting.filter(channel=Channel.IN_APP)
    if SITE not in places:
        waiting = waiting.exclude(channel=Channel.IN_APP)
    said = Testimonial.objects.filter(key=key).first()
    for message in waiting:
        _mend(message, key, said, now)
    return len(waiting)


def _said_in(html: str, payload: Payload) -> str:
    """All that a message says as HTML: a mail's, or in each language what the product shows."""
    said = (payload or {}).get("said")
    shown = said.values() if isinstance(said, dict) else ()
    return "".join([html, *(each.get("html", "") for each in shown)])


def _place(payload: Payload) -> str:
    return SITE if payload and "said" in payload else MAIL


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


def _sayable(keys: Collection[str]) -> set[tuple[str, str]]:
    rows = Testimonial.objects.filter(key__in=keys)
    return {(each.key, place) for each in rows if each.is_live for place in each.scope}


def _without(message: Message, said: Testimonial) -> dict[str, Any] | None:
    """What it says without the words; None where they cannot be found in all of it."""
    if message.channel == Channel.IN_APP:
        return _shown_without(message, said)
    found = _LANGUAGE.search(message.html)
    zone = ZoneInfo(settings.TENURE_HOME.company.time_zone)
    quoted = text_of(said, found[1] if found else settings.LANGUAGE_CODE, zone)
    html, was_in = cut_out(message.html, said.key)
    if not was_in or quoted not in message.text:
        return None
    return {"html": html, "text": _closed_up(message.text.replace(quoted, "")) + "\n"}


def _shown_without(message: Message, said: Testimonial) -> dict[str, Any] | None:
    """The payload and the text without the words, in each language; None where nothing else is
    left to say."""
    payload, zone = dict(message.payload or {}), ZoneInfo(settings.TENURE_HOME.company.time_zone)
    text, languages = message.text, {}
    for language, shown in payload.get("said", {}).items():
        html, _was_in = cut_out(shown["html"], said.key)
        quoted = text_of(said, language, zone)
        if said.key in html or not html.strip() and not shown["items"] + shown["questions"]:
            return None
        plain = _closed_up(shown["text"].replace(quoted, ""))
        languages[language] = {**shown, "html": html, "text": plain}
        text = text.replace(quoted, "")
    return {"payload": {**payload, "said": languages}, "text": _closed_up(text)}


def _closed_up(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip()

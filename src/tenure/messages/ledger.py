"""The only way into the ledger, and the only steps through it.

    held ─▶ ready                        `planning.py`: when somebody may be reached
    ready ─▶ claimed ─▶ sending ─▶ sent | failed | unknown
      ▲         │          │
      └─────────┴──────────┘   not sent for certain: again later, or suppressed when too late

`sending` is on disk before a socket is opened. Every step is one conditional UPDATE, so of several
senders one takes it, on SQLite and PostgreSQL alike.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from tenure.base.errors import InvalidInput
from tenure.base.ids import fresh_id
from tenure.messages.models import (
    SECRET_PURPOSES,
    Channel,
    Message,
    MessageAbout,
    MessageData,
    Recipient,
    Status,
    SuppressedFor,
    bare_address,
)
from tenure.messages.quoted import note_quotes
from tenure.messages.suppression import note_suppressed, refused_addresses

CLAIM_LEASE = timedelta(minutes=2)
SENDING_LEASE = timedelta(minutes=15)  # longer than any transport waits
BACK_OFF = [timedelta(seconds=s) for s in (30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)]
ATTEMPTS_MAX = 16  # about a day and a half
TOO_LATE = "too late: it was of use until then only"
SWITCHED_OFF = "switched off before it was sent"
NOT_TO_BE_ASKED = "they said that they do not want to be asked again"
# What can still be taken from somebody: held, on its way, or shown in the product.
STILL_HERE = (Status.HELD, Status.READY, Status.CLAIMED, Status.SHOWN)
_ADDRESS = re.compile(r"[!#-'*+\-./-9=?A-Z^-~]{1,64}@[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_BLANK = {"subject": "", "text": "", "html": "", "payload": None}

About = Iterable[tuple[str, str]]


def intend(
    *,
    key: str,
    purpose: str,
    channel: str,
    recipient: str,
    now: datetime,
    to: Recipient | None = None,
    subject: str = "",
    text: str = "",
    html: str = "",
    payload: dict[str, Any] | None = None,
    valid_until: datetime | None = None,
    about: About = (),
) -> Message:
    """The one message of this key, in the caller's transaction. A used key changes nothing.

    Of whom it speaks is whom it reaches, unless it is for somebody who signs in to Tenure: that
    counts as their attention. To a suppressed address it is withheld at once. Raises InvalidInput
    for an address that is none.
    """
    made = new_message(
        key=key,
        purpose=purpose,
        channel=channel,
        recipient=recipient,
        now=now,
        to=to,
        subject=subject,
        text=text,
        html=html,
        payload=payload,
        valid_until=valid_until,
    )
    named = list(about)
    if to is None and channel == Channel.MAIL:
        made.person_id = next((id for kind, id in named if kind == "person"), "")
        made.account_id = next((id for kind, id in named if kind == "account"), "")
    intend_all([(made, named)])
    return Message.objects.get(key=key)


def new_message(*, now: datetime, **fields: Any) -> Message:
    """A message that is not in the ledger yet, checked. Raises InvalidInput as `intend`."""
    message = Message(intended_at=now, next_at=now, **fields)
    if message.channel == Channel.MAIL:
        message.recipient = checked_address(message.recipient)
    message.subject = one_line(message.subject)
    return message


def intend_all(intended: Sequence[tuple[Message, About]]) -> None:
    """Many at once, in the caller's transaction; keys that were used stay as they are."""
    _withhold_suppressed([message for message, _ in intended if message.channel == Channel.MAIL])
    with transaction.atomic():
        # A key that was used, or that somebody else takes at this moment, is done, not an error.
        Message.objects.bulk_create([message for message, _ in intended], ignore_conflicts=True)
        rows = Message.objects.filter(key__in=[message.key for message, _ in intended])
        held = {key: (pk, at) for key, pk, at in rows.values_list("key", "pk", "intended_at")}
        MessageAbout.objects.bulk_create(
            [
                MessageAbout(message_id=held[message.key][0], kind=kind, subject_id=subject)
                for message, about in intended
                if held[message.key][1] == message.intended_at
                for kind, subject in dict.fromkeys(about)
            ],
            ignore_conflicts=True,
        )
        note_quotes(
            (held[message.key][0], message.html, message.payload)
            for message, _ in intended
            if held[message.key][1] == message.intended_at
        )
        MessageData.objects.bulk_create(
            [
                MessageData(message_id=held[message.key][0], values=message.values_used)
                for message, _ in intended
                if message.values_used is not None and held[message.key][1] == message.intended_at
            ],
            ignore_conflicts=True,
        )


def _withhold_suppressed(mails: Sequence[Message]) -> None:
    refused = refused_addresses(message.recipient for message in mails)
    for message in mails:
        because = refused.get(message.recipient.lower())
        if because is not None:
            message.status = Status.SUPPRESSED
            message.why = f"the address is suppressed: {because}"
            message.ended_at = message.intended_at
            for name, value in _forget_secret(message).items():
                setattr(message, name, value)


def claim(channels: Sequence[str], limit: int, now: datetime) -> list[Message]:
    """Messages that are due, taken for this caller alone until the lease ends."""
    due = Message.objects.filter(status=Status.READY, channel__in=channels, next_at__lte=now)
    picked = list(due.order_by("next_at", "id").values_list("pk", flat=True)[:limit])
    return _take(due, picked, now) if picked else []


def claim_one(message: Message, now: datetime) -> list[Message]:
    """This message, taken if it is ready; else nothing."""
    return _take(Message.objects.filter(status=Status.READY), [message.pk], now)


def _take(due: Any, picked: Sequence[int], now: datetime) -> list[Message]:
    token = fresh_id("claim")
    due.filter(pk__in=picked).update(
        status=Status.CLAIMED, claim=token, claimed_until=now + CLAIM_LEASE
    )
    return list(
        Message.objects.filter(claim=token, status=Status.CLAIMED).order_by("next_at", "id")
    )


def begin(message: Message, now: datetime) -> bool:
    """Write down that it is being sent; False when it is not ours any more, or not to be sent."""
    if message.valid_until is not None and message.valid_until <= now:
        suppress(message, TOO_LATE, now)
        return False
    begun = _ours(message, Status.CLAIMED).update(
        status=Status.SENDING,
        sending_at=now,
        claimed_until=now + SENDING_LEASE,
        attempts=message.attempts + 1,
    )
    if begun:
        message.status, message.attempts = Status.SENDING, message.attempts + 1
    return bool(begun)


def end(message: Message, status: str, why: str, now: datetime, *, provider_id: str = "") -> bool:
    """Write down what came of it. Who was slower than the lease still knows best."""
    changes = {"status": status, "why": why[:1000], "ended_at": now, "claimed_until": None}
    changes |= {"provider_id": provider_id} if provider_id else {}
    ours = _ours(message, Status.SENDING, Status.UNKNOWN)
    is_written = bool(ours.update(**changes | _forget_secret(message)))
    if provider_id and not is_written:
        # A report was quicker than the answer; the next one may know the mail by this name alone.
        Message.objects.filter(pk=message.pk, provider_id="").update(provider_id=provider_id)
    return is_written


def again(message: Message, why: str, now: datetime, after: timedelta | None = None) -> str:
    """Put back what was certainly not sent, for later; the status that it has now.

    After too many attempts it has failed; what would be too late then is withheld.
    """
    step = BACK_OFF[min(message.attempts, len(BACK_OFF)) - 1]
    next_at = now + max(step, after or timedelta())
    if message.attempts >= ATTEMPTS_MAX:
        end(message, Status.FAILED, f"given up after {message.attempts} attempts: {why}", now)
        return Status.FAILED
    if message.valid_until is not None and message.valid_until <= next_at:
        end(message, Status.SUPPRESSED, f"{TOO_LATE}; {why}", now)
        return Status.SUPPRESSED
    _ours(message, Status.SENDING, Status.UNKNOWN).update(
        status=Status.READY,
        why=why[:1000],
        next_at=next_at,
        claim="",
        claimed_until=None,
        ended_at=None,
    )
    return Status.READY


def release(messages: Sequence[Message]) -> None:
    """Give back what was claimed and not begun."""
    for message in messages:
        _ours(message, Status.CLAIMED).update(status=Status.READY, claim="", claimed_until=None)


def suppress(message: Message, why: str, now: datetime) -> None:
    """Withhold what was claimed and not begun."""
    changes = {"status": Status.SUPPRESSED, "why": why, "ended_at": now, "claimed_until": None}
    _ours(message, Status.CLAIMED).update(**changes | _forget_secret(message))


def take_back_abandoned(now: datetime) -> tuple[int, int]:
    """(given back, unsure): what senders held that ended without a word.

    A claim opened no socket, so it is ready again. A sending may have arrived: it is unknown, and
    nobody but the operator sends it again.
    """
    late = Q(claimed_until__lte=now)
    if not Message.objects.filter(late, status__in=[Status.CLAIMED, Status.SENDING]).exists():
        return 0, 0
    back = Message.objects.filter(late, status=Status.CLAIMED).update(
        status=Status.READY, claim="", claimed_until=None
    )
    why = "the sender ended while it was sending"
    unsure = Message.objects.filter(late, status=Status.SENDING)
    secret = unsure.filter(purpose__in=SECRET_PURPOSES)
    changes = {"status": Status.UNKNOWN, "why": why, "ended_at": now, "claimed_until": None}
    count = secret.update(**changes | _BLANK)
    return back, count + unsure.update(**changes)


def withhold_late(now: datetime) -> int:
    """How many waiting messages are withheld because they are of no use any more.

    What is shown in the product runs out instead (`in_app.waiting.expire`).
    """
    late = Message.objects.filter(status=Status.READY, valid_until__lte=now)
    late = late.exclude(channel=Channel.IN_APP)
    if not late.exists():
        return 0
    changes = {"status": Status.SUPPRESSED, "why": TOO_LATE, "ended_at": now}
    count = late.filter(purpose__in=SECRET_PURPOSES).update(**changes | _BLANK)
    return count + late.update(**changes)


def suppress_address(
    address: str,
    because: str,
    now: datetime,
    *,
    kind: str = SuppressedFor.REFUSED,
    by: str = "",
) -> bool:
    """Send nothing there any more; what waits for it is withheld, and what a sender has taken and
    not begun to send. Whether it is news."""
    is_news = note_suppressed(address, because, now, kind=kind, by=by)
    not_begun = (Status.HELD, Status.READY, Status.CLAIMED)
    waiting = Message.objects.filter(
        channel=Channel.MAIL, recipient__iexact=bare_address(address), status__in=not_begun
    )
    said = because or str(SuppressedFor(kind).label)
    changes = withheld(f"the address is suppressed: {said[:500]}", now)
    waiting.filter(purpose__in=SECRET_PURPOSES).update(**changes | _BLANK)
    waiting.update(**changes)
    return is_news


def withhold_unwanted(person_ids: Collection[str], topic: str, now: datetime) -> int:
    """How many messages of a topic wait for these people, and are withheld: they switched it off.

    An empty topic means all of them; what somebody is owed has none. What a sender has taken and
    not begun to send is withheld as well: it is begun only while it is still claimed. What was
    shown in the product goes from there.
    """
    waiting = Message.objects.filter(person_id__in=person_ids, status__in=STILL_HERE)
    waiting = waiting.filter(topic=topic) if topic else waiting.exclude(topic="")
    return waiting.update(**withheld(SWITCHED_OFF, now))


def withhold_asking(person_ids: Collection[str], now: datetime) -> int:
    """The same of messages that ask for something: they do not want to be asked again."""
    waiting = Message.objects.filter(person_id__in=person_ids, status__in=STILL_HERE, asks=True)
    return waiting.update(**withheld(NOT_TO_BE_ASKED, now))


def withheld(why: str, now: datetime) -> dict[str, Any]:
    """The columns of a message that is withheld."""
    return {
        "status": Status.SUPPRESSED,
        "why": why[:1000],
        "ended_at": now,
        "claimed_until": None,
    }


def checked_address(address: str) -> str:
    """The address as SMTP takes it, its domain in ASCII. Raises InvalidInput when it is none."""
    address = address.strip()
    local, at, domain = address.rpartition("@")
    try:
        # ASCII as it is: the codec refuses names that are in use, such as those with underscores.
        plain = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        plain = ""
    checked = f"{local}{at}{plain}"
    if not plain or len(checked) > 254 or not _ADDRESS.fullmatch(checked):
        raise InvalidInput(
            f"{address[:80]!r} is no mail address; write one as name@example.com", field="email"
        )
    return checked


def one_line(text: str) -> str:
    """Text that is safe in a header: no line breaks, no control characters."""
    return _CONTROL.sub(" ", text).strip()


def _ours(message: Message, *statuses: str) -> Any:
    return Message.objects.filter(pk=message.pk, claim=message.claim, status__in=statuses)


def _forget_secret(message: Message) -> dict[str, Any]:
    return _BLANK if message.purpose in SECRET_PURPOSES else {}

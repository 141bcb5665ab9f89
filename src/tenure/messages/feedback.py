"""What who carries mail tells of one: delivered, returned, complained of, unsubscribed.

Told twice, or in another order, it comes to the same: each report is one row, and a status only
goes on to what outweighs it, delivered < bounced < complained.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from tenure.base.errors import InvalidInput
from tenure.base.ids import digest
from tenure.messages import consent
from tenure.messages.ledger import checked_address, suppress_address
from tenure.messages.models import (
    Channel,
    Message,
    MessageFeedback,
    Status,
    SuppressedFor,
    address_digest,
)
from tenure.messages.suppression import forget_addresses

SOFT_IN_A_ROW = 5
_DETAIL_CHARS = 500


class Kind(StrEnum):
    """`RETURNED` says nothing final of the address: full, or for now. `REFUSED` says nothing of it
    at all: what was sent was too big, or not to somebody's liking."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    RETURNED = "returned"
    REFUSED = "refused"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `id` is the provider's own, where it has one; `message` our own key of the row,
    `provider_id` the provider's name of the mail."""

    provider: str
    id: str
    kind: Kind
    address: str
    at: datetime
    message: str = ""
    provider_id: str = ""
    detail: str = ""

    @property
    def key(self) -> str:
        return digest(
            "feedback", self.provider, self.id, self.kind, self.message, self.provider_id,
            self.address.lower(), "" if self.id else self.at.isoformat(),
        )  # fmt: skip


# From where a status may go on to another.
_ON_THE_WAY = (Status.READY, Status.CLAIMED, Status.SENDING, Status.SENT, Status.UNKNOWN)
_STEPS = {
    Kind.DELIVERED: (Status.DELIVERED, _ON_THE_WAY),
    Kind.BOUNCED: (Status.BOUNCED, (*_ON_THE_WAY, Status.DELIVERED)),
    Kind.RETURNED: (Status.BOUNCED, (*_ON_THE_WAY, Status.DELIVERED)),
    Kind.REFUSED: (Status.BOUNCED, (*_ON_THE_WAY, Status.DELIVERED)),
    Kind.COMPLAINED: (
        Status.COMPLAINED,
        (*_ON_THE_WAY, Status.DELIVERED, Status.BOUNCED),
    ),
}


def hear(reports: Sequence[Report], now: datetime) -> int:
    """How many of these reports are news; each is written down with all that follows from it."""
    return sum(_hear(report, now) for report in reports)


@transaction.atomic
def _hear(report: Report, now: datetime) -> bool:
    message = _message_of(report)
    is_forgotten = message is not None and not message.recipient
    if is_forgotten:
        report = replace(report, detail="")  # which has the address in it
    # As we wrote it: a report may have a name beside it, or another spelling of the domain.
    is_ours = message is not None and bool(message.recipient) and _went_to(message, report.address)
    address = message.recipient if message is not None and is_ours else report.address
    _row, is_news = MessageFeedback.objects.get_or_create(
        key=report.key,
        defaults={
            "message": message,
            "kind": report.kind,
            "address_digest": address_digest(address),
            "detail": report.detail[:_DETAIL_CHARS],
            "at": min(report.at, now),
            "heard_at": now,
        },
    )
    if not is_news:
        return False
    if message is not None and report.kind in _STEPS:
        _go_on(message, report, now)
    if address:
        _draw_conclusions(report, message, address, now)
    if is_forgotten:
        forget_addresses([address])
    return True


def _message_of(report: Report) -> Message | None:
    """The mail that a report is about: by our own key, unless that of another installation at the
    same provider is meant, which went elsewhere; else by the provider's name of it."""
    mails = Message.objects.filter(channel=Channel.MAIL)
    if report.message.isdecimal() and len(report.message) < 18:
        found = mails.filter(pk=int(report.message)).first()
        if found is not None and _went_to(found, report.address):
            return found
    return mails.filter(provider_id=report.provider_id).first() if report.provider_id else None


def _went_to(message: Message, address: str) -> bool:
    """Whether it can be this mail: who is forgotten, and some reports, have no address."""
    if not message.recipient or not address:
        return True
    try:
        return message.recipient.lower() == checked_address(address).lower()
    except InvalidInput:  # a name beside it, or hidden by the provider
        return True


def _go_on(message: Message, report: Report, now: datetime) -> None:
    status, before = _STEPS[report.kind]
    said = f"{report.provider}: {report.kind}"
    why = f"{said}: {report.detail}" if report.detail else said
    Message.objects.filter(pk=message.pk, status__in=before).update(
        status=status, why=why[:1000], ended_at=now, claimed_until=None
    )


def _draw_conclusions(report: Report, message: Message | None, address: str, now: datetime) -> None:
    if report.kind == Kind.BOUNCED:
        suppress_address(address, report.detail, now, kind=SuppressedFor.BOUNCED)
    elif report.kind == Kind.RETURNED and _soft_in_a_row(address) >= SOFT_IN_A_ROW:
        because = f"{SOFT_IN_A_ROW} in a row; the last: {report.detail}"
        suppress_address(address, because, now, kind=SuppressedFor.RETURNED)
    elif report.kind == Kind.COMPLAINED:
        suppress_address(address, report.detail, now, kind=SuppressedFor.COMPLAINED)
        _withdraw(message, consent.EVERYTHING, consent.COMPLAINT, now)
    elif report.kind == Kind.UNSUBSCRIBED:
        topic = message.topic if message is not None else ""
        if not _withdraw(message, topic or consent.EVERYTHING, consent.PROVIDER, now):
            suppress_address(address, report.detail, now, kind=SuppressedFor.UNSUBSCRIBED)


def _soft_in_a_row(address: str) -> int:
    """How many mails came back since the last one that did not, by when it happened."""
    rows = MessageFeedback.objects.filter(address_digest=address_digest(address))
    last = rows.filter(kind=Kind.DELIVERED).order_by("-at").first()
    soft = rows.filter(kind=Kind.RETURNED)
    if last is not None:
        soft = soft.filter(at__gt=last.at)
    # Of one mail that came back twice only one counts.
    named = soft.exclude(message=None).values("message").distinct().count()
    return named + soft.filter(message=None).count()


def _withdraw(message: Message | None, topic: str, how: str, now: datetime) -> bool:
    """Whether it is known whose word it is, so that it could be written down."""
    if message is None or not message.person_id:
        return False
    consent.say(
        message.person_id, topic, is_granted=False, how=how, now=now, message_key=message.key
    )
    return True

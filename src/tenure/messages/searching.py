"""Which messages of the ledger fit a question, the latest first."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from tenure.messages.mailbox.models import MailReply
from tenure.messages.models import ARRIVED, SECRET_PURPOSES, Message, Status

# Several states by one word.
_SEEN = (Status.SHOWN, Status.CLICKED, Status.DISMISSED, Status.DONE)
_RAN_OUT = Q(status=Status.EXPIRED)
_WAS_SHOWN = Q(sending_at__isnull=False)
GROUPS: Mapping[str, Q] = {
    "waiting": Q(status__in=(Status.HELD, Status.READY, Status.CLAIMED, Status.SENDING)),
    "out": Q(status__in=(*ARRIVED, Status.BOUNCED, Status.UNKNOWN, *_SEEN))
    | (_RAN_OUT & _WAS_SHOWN),
    "withheld": Q(status__in=(Status.SUPPRESSED, Status.FAILED)) | (_RAN_OUT & ~_WAS_SHOWN),
    "answered": Q(Exists(MailReply.objects.filter(message=OuterRef("pk")))),
}


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked of the ledger. `words` are looked for in key, address, subject and ids, and
    `status` is a state, or one of the groups."""

    words: str = ""
    status: str = ""
    purpose: str = ""
    channel: str = ""
    play: str = ""
    step: str = ""

    @property
    def is_narrowed(self) -> bool:
        return self != Search()


@dataclass(frozen=True, slots=True)
class Found:
    """Some of those that fit; `count` is how many do."""

    rows: list[Message]
    count: int


def search_messages(asked: Search, *, first: int = 0, most: int = 50) -> Found:
    """The messages that fit."""
    rows = _fitting(asked)
    return Found(list(rows.order_by("-intended_at", "-id")[first : first + most]), rows.count())


def _fitting(asked: Search) -> QuerySet[Message]:
    rows = Message.objects.all()
    if asked.status:
        rows = rows.filter(GROUPS.get(asked.status, Q(status=asked.status)))
    named = {name: getattr(asked, name) for name in ("purpose", "channel", "play", "step")}
    rows = rows.filter(**{name: value for name, value in named.items() if value})
    if not asked.words:
        return rows
    words = asked.words.strip()
    subject = Q(subject__icontains=words) & ~Q(purpose__in=SECRET_PURPOSES)
    known = Q(key=words) | Q(person_id=words) | Q(account_id=words) | Q(provider_id=words)
    return rows.filter(known | Q(recipient__icontains=words) | subject)

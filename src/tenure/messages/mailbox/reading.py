"""Reads the mailbox to which people answer: each mail once, whatever is killed in between.

    read_mailbox(home, now)      # in the worker, every few seconds; it looks once a minute

    an answer                ─▶ event `Message Received`, and a MailReply
    a report of a server     ─▶ `feedback.hear`, as what a provider tells
    everything else: counted, and left where it is
    not handed out           ─▶ noted, asked for again later; the mails behind it are read

How far it came is written in the transaction of each mail. The event goes to another store, before
it and under a name made of the mail, so a mail that is read again changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from tenure.base.errors import BadDefinition, Unavailable
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.lake.recording import record
from tenure.messages.configuration import mail_settings
from tenure.messages.feedback import Report, hear
from tenure.messages.mail_id import message_of
from tenure.messages.mailbox.arrived import BREAKS, Arrived, arrived, parsed
from tenure.messages.mailbox.configuration import MailboxSettings, mailbox_settings
from tenure.messages.mailbox.imap import Folder, NotGiven, Raw, open_folder
from tenure.messages.mailbox.models import MailboxRead, MailReply
from tenure.messages.mailbox.not_given import due_again, forget_numbers, note_given, note_not_given
from tenure.messages.mailbox.returned import is_report, reports_of
from tenure.messages.models import Message
from tenure.messages.providers import provider_settings

EVERY = timedelta(minutes=1)
LOOKED_BACK = timedelta(days=14)  # in a mailbox that was never read
MAILS_MOST = 200  # in one look; the rest in the next
REFUSED_MOST = 3  # mails in a row that are not handed out: it is the server, and not the mails
EVENT = "Message Received"
# What a mail was.
REPLY, REPORT, AUTOMATIC, STRANGER, OTHER, UNREADABLE = (
    "reply", "report", "automatic", "stranger", "other", "unreadable",
)  # fmt: skip
ANONYMOUS = "anon:"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one mail comes to. A reply has the message that it answers, and when it came."""

    kind: str
    reports: tuple[Report, ...] = ()
    said: Arrived | None = None
    message: Message | None = None
    at: datetime | None = None


def read_mailbox(home: Home, now: datetime, *, most: int = MAILS_MOST) -> int:
    """How many mails were read, so many new ones at most: none where no mailbox is named, or it was
    looked at just now.

    Why it cannot be read, and how many mails wait, is noted for `tenure doctor`. Raises
    BadDefinition for a mistake in `[mail.inbox]`.
    """
    named = mailbox_settings(home)
    if named is None:
        return 0
    state, _ = MailboxRead.objects.get_or_create(name=named.name)
    is_due = Q(tried_at=None) | Q(tried_at__lte=now - EVERY) | Q(tried_at__gt=now)
    rows = MailboxRead.objects.filter(name=named.name)
    if not rows.filter(is_due).update(tried_at=now):  # of two workers one looks
        return 0
    state.refresh_from_db()
    try:
        read, left = _read(home, named, state, now, most)
    except (Unavailable, BadDefinition) as error:  # the latter in what else [mail] says
        rows.update(problem=error.message[:500])
        return 0
    is_all = {} if left else {"read_at": now}
    rows.update(problem="", waiting=left, **is_all)
    return read


def _read(
    home: Home, named: MailboxSettings, state: MailboxRead, now: datetime, most: int
) -> tuple[int, int]:
    """How many were read, and how many are left for the next look. Raises Unavailable."""
    ours = _our_addresses(home)
    with open_folder(named) as folder:
        waiting = _waiting(folder, state, now)
        read, in_a_row = 0, 0
        for uid in [*waiting[:most], *due_again(state, now)]:
            found = _handed_out(folder, state, uid, now)
            if isinstance(found, NotGiven):
                in_a_row += 1
                if in_a_row == REFUSED_MOST:
                    raise Unavailable(f"the mail server hands out no mail: {found.why}")
                continue
            _keep(home, state, uid, meaning_of(found, ours, now) if found else None, now)
            read, in_a_row = read + 1, 0
        return read, max(len(waiting) - most, 0)


def _handed_out(
    folder: Folder, state: MailboxRead, uid: int, now: datetime
) -> Raw | NotGiven | None:
    """One mail. Where it does not come, or the connection breaks over it, that is noted, and the
    next look begins behind it. Raises Unavailable."""
    try:
        found = folder.mail(uid)
    except Unavailable as error:
        _pass_over(state, uid, error.message, now)
        raise
    if isinstance(found, NotGiven):
        _pass_over(state, uid, found.why, now)
    return found


@transaction.atomic
def _pass_over(state: MailboxRead, uid: int, why: str, now: datetime) -> None:
    note_not_given(state, uid, why, now)
    state.uid = max(state.uid, uid)
    MailboxRead.objects.filter(name=state.name).update(uid=state.uid)


def _waiting(folder: Folder, state: MailboxRead, now: datetime) -> list[int]:
    """The numbers of mails that were not read. Where the server gave them other numbers, the last
    days are read again, and what was heard of them is known by itself."""
    if state.validity == folder.validity:
        return folder.numbers_after(state.uid)
    last = folder.last_number()
    found = folder.numbers_since((now - LOOKED_BACK).date())
    state.validity, state.uid = folder.validity, found[0] - 1 if found else last
    fields = {"validity": state.validity, "uid": state.uid}
    MailboxRead.objects.filter(name=state.name).update(**fields)
    forget_numbers(state)
    return found


def meaning_of(raw: Raw, ours: frozenset[str], now: datetime) -> Meaning:
    """What a mail says to us. `ours` are the addresses from which we write."""
    mail = parsed(raw.data)
    said = arrived(mail, raw.data) if mail is not None else None
    if mail is None or said is None:
        return Meaning(UNREADABLE)
    if is_report(mail):
        try:
            reports = tuple(reports_of(mail, said.id, min(raw.at or now, now)))
        except BREAKS:
            return Meaning(UNREADABLE)
        return Meaning(REPORT if reports else AUTOMATIC, reports)
    if said.is_automatic or said.sender in ours:
        return Meaning(AUTOMATIC)
    message = message_of(said.answers)
    if message is None or not message.person_id:
        return Meaning(OTHER)
    if not said.sender or said.sender != message.recipient.lower():
        return Meaning(STRANGER)
    at = min(raw.at or now, now)
    # A clock that is wrong: nobody answers before they are written to.
    return Meaning(REPLY, (), said, message, at if at >= message.intended_at else now)


def _keep(home: Home, state: MailboxRead, uid: int, meaning: Meaning | None, now: datetime) -> None:
    reply = None
    if meaning is not None and meaning.said is not None and meaning.message is not None:
        reply = _reply(meaning.message, meaning.said, meaning.at or now, now)
        record(home, settings.DATABASE_URL, [_event(reply, meaning.message)], now)
    last = max(state.uid, uid)  # one that is asked for again stands before it
    with transaction.atomic():
        counts = dict(state.counts)
        note_given(state, uid)
        if meaning is not None:
            counts[meaning.kind] = counts.get(meaning.kind, 0) + 1
            hear(meaning.reports, now)
        if reply is not None:
            MailReply.objects.bulk_create([reply], ignore_conflicts=True)
        MailboxRead.objects.filter(name=state.name).update(uid=last, counts=counts)
    state.uid, state.counts = last, counts


def _reply(message: Message, said: Arrived, at: datetime, now: datetime) -> MailReply:
    return MailReply(
        key=digest("mail_reply", str(message.pk), said.sender, said.id),
        message=message,
        person_id=message.person_id,
        account_id=message.account_id,
        subject=said.subject,
        words=said.words,
        at=at,
        heard_at=now,
    )


def _event(reply: MailReply, message: Message) -> dict[str, object]:
    """As a help desk would tell it; of no use of the product, as it is Tenure that tells."""
    person = reply.person_id
    is_anonymous = person.startswith(ANONYMOUS)
    said = {
        "text": reply.words,
        "subject": reply.subject,
        "by": "mail",
        "message": message.key,
        "purpose": message.purpose,
        "play": message.play,
        "step": message.step,
    }
    return {
        "message_id": f"reply:{reply.key}",
        "type": "system",
        "name": EVENT,
        "occurred_at": reply.at,
        "account_key": reply.account_id or None,
        "user_id": None if is_anonymous else person,
        "anonymous_id": person.removeprefix(ANONYMOUS) if is_anonymous else None,
        "properties": msgspec.json.encode(said).decode(),
    }


def _our_addresses(home: Home) -> frozenset[str]:
    """From where we write: a mail from there came round in a circle. Raises BadDefinition."""
    found = [each for each in (mail_settings(home), provider_settings(home)) if each is not None]
    return frozenset(each.address.lower() for each in found)

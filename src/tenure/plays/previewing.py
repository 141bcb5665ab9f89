"""A mail of a play as one person would get it now, before anybody does; and a test of it, sent.

Nothing is enrolled, and nothing counted: a test is a message of its own kind in the ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from tenure.base.clock import Clock
from tenure.base.errors import BadDefinition, InvalidInput, NotFound, Unavailable
from tenure.base.home import Home
from tenure.base.ids import fresh_id
from tenure.customers.merging import canonical_id
from tenure.customers.models import Membership, Person
from tenure.kit.liquid import TemplateFailed
from tenure.messages.authored import AuthoredMail
from tenure.messages.choice_link import PATH
from tenure.messages.composing import Composed, write_mail
from tenure.messages.configuration import console_url
from tenure.messages.ledger import intend, new_message
from tenure.messages.mime import mail_bytes
from tenure.messages.models import Channel, Message, Purpose
from tenure.messages.sending import send_one
from tenure.messages.transports import configured_transports
from tenure.plays.configuration import app_url, signed_by
from tenure.plays.mail_reader import MailReader
from tenure.plays.mail_reading import mail_file, mail_of, mails_in
from tenure.plays.mail_values import values_for
from tenure.plays.models import Enrolment
from tenure.plays.parts import ACCOUNT, PERSON, TRANSACTIONAL, Play
from tenure.plays.recipients import Recipient
from tenure.plays.subjects import Subject, Subjects, Who
from tenure.segments.known import columns_of

CARD, THEIRS, TRAIT, PRODUCT, OURS, DEFAULT, SUPPOSED, NOT_KNOWN = (
    "card", "person", "trait", "product", "installation", "default", "supposed", "not_known",
)  # fmt: skip
EXAMPLE_APP = "https://app.example.com"  # where nobody said where the product is


@dataclass(frozen=True, slots=True)
class ValueUsed:
    """A value that the mail names, and where it came from: one of the words above."""

    path: str
    value: object
    source: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as somebody would get it. `problem` says why they would not: then it has no words."""

    play: Play
    template: str
    file: str
    language: str
    person: Recipient | None
    account_id: str
    mail: AuthoredMail | None = None
    written: Composed | None = None
    values: tuple[ValueUsed, ...] = ()
    choices: Mapping[str, object] = field(default_factory=dict)  # conditions, and blocks
    size_bytes: int = 0
    problem: str = ""


def preview(  # noqa: PLR0913
    home: Home,
    play: Play,
    template: str,
    *,
    now: datetime,
    person: Person | None = None,
    account_id: str = "",
    language: str = "",
    instead: Mapping[str, object] | None = None,
    subject: Subject | None = None,
) -> Preview:
    """The mail as this person would get it now, or as whoever is at hand would.

    `instead` are columns of the card as they are supposed to be, and `subject` says what is so of
    them at another time. Raises NotFound for a mail that the play does not send.
    """
    if template not in dict(mails_in(play)):
        said = ", ".join(name for name, _ in mails_in(play)) or "none"
        raise NotFound(f"{play.name} has no mail {template!r}; it has {said}")
    account = account_id or (account_of(person) if person is not None else "")
    reader = _recipient(person, account) if person is not None else Recipient("", "", {})
    chosen = language if language in play.languages else reader.language_of(play.languages)
    file = mail_file(play, template, chosen)
    seen = Preview(play, template, file, chosen, reader if person else None, account)
    supposed = _typed(instead or {})
    who = Who(play.over, reader.person_id if play.over == PERSON else account, account)
    subject = subject or Subjects(home, [who], now).of(who)
    try:
        mail = mail_of(play, template, chosen)
        values = values_for(
            subject,
            reader,
            app_url=app_url(home) or EXAMPLE_APP,
            choices_url=_choices(home, play),
            language=chosen,
            signed_by=signed_by(home),
            because=_brought_in_by(play, who),
        )
        values = {**values, "account": {**values["account"], **supposed}}
        asked = MailReader(subject, reader.person_id, chosen, now, supposed, is_example=True)
        written = write_mail(mail, values, asked, _choices(home, play))
    except (TemplateFailed, BadDefinition) as error:
        return replace(seen, problem=error.message)
    return replace(
        seen,
        mail=mail,
        written=written,
        values=tuple(_values_used(written, supposed)),
        choices={name: said for name, said in written.used.items() if _is_choice(name)},
        size_bytes=_size(written, now),
    )


def send_test(home: Home, seen: Preview, to: str, *, now: datetime, clock: Clock) -> Message:
    """The test message as it stands after it was sent to this address. Raises InvalidInput where
    there is nothing to send or the address is none, Unavailable without a way to send mail."""
    if seen.written is None:
        raise InvalidInput(f"this mail would not be sent: {seen.problem}")
    transport = configured_transports(home, clock).get(Channel.MAIL)
    if transport is None:
        raise Unavailable("no way to send mail is named; fill in [mail] of tenure.toml")
    message = intend(
        key=f"{Purpose.TRIAL}:{fresh_id('mail')}",
        purpose=Purpose.TRIAL,
        channel=Channel.MAIL,
        recipient=to,
        subject=seen.written.subject,
        text=seen.written.text,
        html=seen.written.html,
        now=now,
        about=[("account", seen.account_id)] * bool(seen.account_id)
        + [("person", seen.person.person_id)] * bool(seen.person),
    )
    digest = seen.mail.digest if seen.mail is not None else ""
    # It speaks of them, and is none of what they were sent.
    Message.objects.filter(pk=message.pk).update(
        template_digest=digest, person_id="", account_id=""
    )
    return send_one(message, transport, now)


def person_called(words: str) -> Person:
    """The person of that id or mail address. Raises NotFound."""
    named = Person.objects.filter(pk=canonical_id("person", words)).first()
    if named is None:
        found = Person.objects.filter(email__iexact=words.strip(), merged_into="")
        named = found.order_by("-last_seen_at", "person_id").first()
    if named is None:
        raise NotFound(f"nobody is known as {words!r}; name their id or mail address")
    return named


def somebody() -> Person | None:
    """Whoever was seen last and has a mail address: whom a preview shows unless one is named."""
    known = Person.objects.filter(merged_into="").exclude(email="")
    return known.order_by("-last_seen_at", "person_id").first()


def account_of(person: Person) -> str:
    """The account that somebody belongs to; where there are several, the one joined last."""
    rows = Membership.objects.filter(person_id=person.person_id, until_at=None)
    row = rows.order_by("-since_at", "account_id").first()
    return str(row.account_id) if row is not None else ""


def _recipient(person: Person, account_id: str) -> Recipient:
    rows = Membership.objects.filter(
        person_id=person.person_id, account_id=account_id, until_at=None
    )
    role = rows.exclude(role="").values_list("role", flat=True).first() or ""
    return Recipient(person.person_id, person.email.strip(), person.traits or {}, person.name, role)


def _brought_in_by(play: Play, who: Who) -> str:
    """What brought them into the play the last time; empty of who never was in it."""
    rows = Enrolment.objects.filter(play=play.name, subject_id=who.subject_id)
    return rows.order_by("-entered_at").values_list("because", flat=True).first() or ""


def _choices(home: Home, play: Play) -> str:
    """A link that leads to the page and says nothing in anybody's name."""
    return "" if play.purpose == TRANSACTIONAL else f"{console_url(home)}{PATH}preview"


def _typed(instead: Mapping[str, object]) -> dict[str, object]:
    """Columns as they are supposed to be. Raises InvalidInput for one that is none."""
    known = columns_of(ACCOUNT)
    for name in instead:
        if name not in known:
            raise InvalidInput(f"the card has no column {name!r}", field="instead")
    return dict(instead)


def _values_used(written: Composed, supposed: Mapping[str, object]) -> list[ValueUsed]:
    found = []
    for path, value in written.used.items():
        if _is_choice(path):
            continue
        root, _, name = path.partition(".")
        is_example = path == "links.app" and value == EXAMPLE_APP
        source = {"account": CARD, "person": THEIRS, "product": PRODUCT}.get(root, OURS)
        if path in written.defaults:
            source = DEFAULT
        elif is_example or (root == "account" and name in supposed):
            source = SUPPOSED
        elif value is None:
            source = NOT_KNOWN
        elif path.startswith("person.traits."):
            source = TRAIT
        found.append(ValueUsed(path, value, source))
    return found


def _is_choice(name: str) -> bool:
    return name.startswith(("where ", "block "))


def _size(written: Composed, now: datetime) -> int:
    """How many bytes the mail has on its way."""
    message = new_message(
        now=now,
        key="size",
        purpose=Purpose.TRIAL,
        channel=Channel.MAIL,
        recipient="somebody@example.com",
        subject=written.subject,
        text=written.text,
        html=written.html,
    )
    return len(mail_bytes(message, "Somebody <somebody@example.com>", "", now))

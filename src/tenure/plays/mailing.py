"""Mails of plays: to whom, in which language, with which words; or why not.

One row of the ledger for each mail and person, whatever becomes of it: written, withheld, or left
out by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from tenure.base.errors import BadDefinition
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.kit.liquid import TemplateFailed, ValueMissing
from tenure.messages.choice_link import PATH, ChoiceLink, choice_token
from tenure.messages.composing import write_mail
from tenure.messages.configuration import console_url
from tenure.messages.models import Channel, Message, Status
from tenure.messages.origin import data_digest
from tenure.messages.suppression import Refusal, refusals
from tenure.messages.verdicts import ADDRESS, LATE
from tenure.plays.configuration import app_url, signed_by
from tenure.plays.doing import Doing
from tenure.plays.ledger_rows import ended_row, held_row
from tenure.plays.mail_reader import MailReader
from tenure.plays.mail_reading import Texts, check_mails, mail_of, shared_blocks
from tenure.plays.mail_values import values_for
from tenure.plays.parts import TRANSACTIONAL
from tenure.plays.parts import Message as Said
from tenure.plays.recipients import Recipient, people_of, recipients_of
from tenure.plays.to_each import Intended, to_each
from tenure.plays.wanted import Wants, wants_of

__all__ = ["check_mails", "mail_of", "mails_of", "written_anew"]

NOBODY = "nobody to write to: no person of the account with this role has an address"


@dataclass(frozen=True, slots=True)
class _Mailing:
    """What is the same for all mails of one round."""

    base_url: str
    app_url: str  # where the product is
    signed_by: str
    wants: Wants
    refused: dict[str, Refusal]  # by address
    blocks: Texts  # that any mail may name
    now: datetime


def mails_of(home: Home, doing: Sequence[Doing], now: datetime) -> dict[int, Intended]:
    """The messages of these effects, by enrolment, with what each speaks of."""
    to = recipients_of([(each.row, each.play.to) for each in doing])
    people = [person for found in to.values() for person in found]
    mailing = _mailing(home, doing, people, now)
    return to_each(
        doing,
        to,
        lambda each, person: _mail(each, person, mailing),
        lambda each, person: _ended(each, person, mailing, {"code": "nobody"}, NOBODY),
    )


def written_anew(
    home: Home, held: Sequence[tuple[Message, Doing]], now: datetime
) -> dict[int, Message]:
    """Mails that have waited as they would be written now, by the key of the row that waits."""
    mails = [(row, each) for row, each in held if row.channel == Channel.MAIL]
    people = people_of([each.row for _, each in mails], [row.person_id for row, _ in mails])
    known = [(row, each, people[row.person_id]) for row, each in mails if row.person_id in people]
    mailing = _mailing(home, [each for _, each in mails], list(people.values()), now)
    return {row.pk: _mail(each, person, mailing) for row, each, person in known}


def _mailing(
    home: Home, doing: Sequence[Doing], people: Sequence[Recipient], now: datetime
) -> _Mailing:
    ids = {person.person_id for person in people}
    return _Mailing(
        base_url=console_url(home),
        app_url=app_url(home),
        signed_by=signed_by(home),
        wants=wants_of(doing, ids),
        refused=refusals(each.address for each in people if each.address),
        blocks=shared_blocks(),
        now=now,
    )


def _mail(each: Doing, person: Recipient, mailing: _Mailing) -> Message:
    if withheld := _why_withheld(each, person, mailing):
        because, why = withheld
        return _ended(each, person, mailing, because, why)
    try:
        written = _written(each, person, mailing)
    except ValueMissing as error:
        return _ended(each, person, mailing, {"code": "value_missing"}, error.message)
    except (TemplateFailed, BadDefinition) as error:  # what it names may be gone since
        because = {"code": "template"}
        return _ended(each, person, mailing, because, error.message, Status.FAILED)
    if not each.is_left_alone:
        return written
    return held_row(
        each,
        key=_key(each, person),
        channel=Channel.MAIL,
        now=mailing.now,
        person_id=person.person_id,
    )


def _why_withheld(
    each: Doing, person: Recipient, mailing: _Mailing
) -> tuple[dict[str, str], str] | None:
    """Asked of both arms alike, so that who is left alone is who would have been written to."""
    until = each.effect.valid_until
    if until is not None and until <= mailing.now:
        return {"code": LATE}, f"too late: it was of use until {until:%Y-%m-%d %H:%M} UTC"
    if not person.email:
        return {"code": "no_address"}, "no mail address is known"
    address = person.address
    if not address:
        return {"code": "no_address"}, "what is known as the mail address is none"
    if refused := mailing.refused.get(address.lower()):
        because = {"code": ADDRESS, "kind": refused.kind}
        return because, f"the address is suppressed: {refused.because}"
    return mailing.wants.why_not(each, person.person_id)


def _written(each: Doing, person: Recipient, mailing: _Mailing) -> Message:
    said = each.effect.what
    assert isinstance(said, Said)
    language = person.language_of(each.play.languages)
    mail = mail_of(each.play, said.template, language, mailing.blocks)
    url = ""
    if each.play.purpose != TRANSACTIONAL:
        link = ChoiceLink(person.person_id, each.play.topic)
        url = f"{mailing.base_url}{PATH}{choice_token(link, settings.SECRET_KEY)}"
    values = values_for(
        each.subject,
        person,
        app_url=mailing.app_url,
        choices_url=url,
        language=language,
        signed_by=mailing.signed_by,
        because=each.row.because,
    )
    reader = MailReader(each.subject, person.person_id, language, mailing.now)
    written = write_mail(mail, values, reader, url)
    message = held_row(
        each,
        key=_key(each, person),
        channel=Channel.MAIL,
        now=mailing.now,
        person_id=person.person_id,
        recipient=person.email,
        subject=written.subject,
        text=written.text,
        html=written.html,
        template_digest=mail.digest,
    )
    message.values_used = dict(written.used)
    message.data_digest = data_digest(message.values_used)
    if url.startswith("https://"):
        message.headers = {
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return message


def _ended(  # noqa: PLR0913
    each: Doing, person: Recipient, mailing: _Mailing, because: dict[str, str], why: str,
    status: str = Status.SUPPRESSED,
) -> Message:  # fmt: skip
    """A row of what will not be sent: it has no address in it."""
    return ended_row(
        each,
        key=_key(each, person),
        channel=Channel.MAIL,
        now=mailing.now,
        status=status,
        because=because,
        why=why,
        person_id=person.person_id,
    )


def _key(each: Doing, person: Recipient) -> str:
    return f"{each.effect.key}/{digest('person', person.person_id)}"

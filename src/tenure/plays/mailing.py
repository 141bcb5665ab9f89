"""Mails of plays: to whom, in which language, with which words; or why not.

One row of the ledger for each mail and person, whatever becomes of it: written, withheld, or left
out by chance.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings

from tenure.base.errors import BadDefinition, InvalidInput
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.kit.liquid import TemplateFailed
from tenure.messages.authored import AuthoredMail, read_mail, write_mail
from tenure.messages.choice_link import PATH, ChoiceLink, choice_token
from tenure.messages.configuration import console_url
from tenure.messages.consent import asked_for, switched_off
from tenure.messages.ledger import checked_address, new_message, refused_addresses
from tenure.messages.models import Channel, Message, Purpose, Status
from tenure.plays.configuration import app_url, signed_by
from tenure.plays.doing import Doing
from tenure.plays.mail_values import known_path, values_for
from tenure.plays.parts import TRANSACTIONAL, Play
from tenure.plays.parts import Message as Said
from tenure.plays.recipients import Recipient, recipients_of

Intended = list[tuple[Message, list[tuple[str, str]]]]
NOBODY = "nobody to write to: no person of the account with this role has an address"


@dataclass(frozen=True, slots=True)
class _Mailing:
    """What is the same for all mails of one round."""

    base_url: str
    app_url: str  # where the product is
    signed_by: str
    off: dict[str, set[str]]  # topic: who wants none of it
    wanted: dict[str, set[str]]  # topic that has to be asked for: who did
    refused: dict[str, str]  # address: why nothing is sent there
    now: datetime


def mails_of(home: Home, doing: Sequence[Doing], now: datetime) -> dict[int, Intended]:
    """The messages of these effects, by enrolment, with what each speaks of."""
    to = recipients_of([(each.row, each.play.to) for each in doing])
    topics = {_topic(each) for each in doing} - {""}
    people = {person.person_id: person for found in to.values() for person in found}
    off = {topic: switched_off(set(people), topic) for topic in topics}
    opt_in = {each.play.topic for each in doing if each.play.opt_in}
    wanted = {topic: asked_for(set(people), topic) for topic in opt_in}
    refused = refused_addresses(filter(None, map(_address, people.values())))
    mailing = _Mailing(console_url(home), app_url(home), signed_by(home), off, wanted, refused, now)
    intended: defaultdict[int, Intended] = defaultdict(list)
    for each in doing:
        found = to[each.row.pk]
        for person in found:
            about = [*each.about, ("person", person.person_id)]
            intended[each.row.pk].append((_mail(each, person, mailing), about))
        if not found:
            message = _row(each, Recipient("", "", {}), mailing, Status.SUPPRESSED, NOBODY)
            intended[each.row.pk].append((message, each.about))
    return intended


def _mail(each: Doing, person: Recipient, mailing: _Mailing) -> Message:
    if why := _why_withheld(each, person, mailing):
        return _row(each, person, mailing, Status.SUPPRESSED, why)
    if each.is_left_alone:
        return _row(each, person, mailing, Status.CONTROL, "")
    try:
        return _written(each, person, mailing)
    except (TemplateFailed, BadDefinition) as error:  # what it names may be gone since
        return _row(each, person, mailing, Status.FAILED, error.message)


def _why_withheld(each: Doing, person: Recipient, mailing: _Mailing) -> str:
    """Asked of both arms alike, so that who is left alone is who would have been written to."""
    until = each.effect.valid_until
    if until is not None and until <= mailing.now:
        return f"too late: it was of use until {until:%Y-%m-%d %H:%M} UTC"
    if not person.email:
        return "no mail address is known"
    address = _address(person)
    if not address:
        return "what is known as the mail address is none"
    if because := mailing.refused.get(address.lower()):
        return f"the address is suppressed: {because}"
    if _topic(each) and person.person_id in mailing.off[_topic(each)]:
        return f"switched off: {each.play.topic}"
    if each.play.opt_in and person.person_id not in mailing.wanted[each.play.topic]:
        return f"not asked for: {each.play.topic} goes only to who said that they want it"
    return ""


def _topic(each: Doing) -> str:
    """What somebody may switch off; empty of what they are owed."""
    return "" if each.play.purpose == TRANSACTIONAL else each.play.topic


def _address(person: Recipient) -> str:
    """Where mail to somebody goes; empty for an address that is none."""
    try:
        return checked_address(person.email)
    except InvalidInput:
        return ""


def _written(each: Doing, person: Recipient, mailing: _Mailing) -> Message:
    said = each.effect.what
    assert isinstance(said, Said)
    language = person.language_of(each.play.languages)
    mail = mail_of(each.play, said.template, language)
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
    )
    written = write_mail(mail, values, language, url)
    message = _row(each, person, mailing, Status.READY, "", address=person.email)
    message.subject, message.text, message.html = written.subject, written.text, written.html
    message.template_digest = mail.digest
    if url.startswith("https://"):
        message.headers = {
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return message


def mail_of(play: Play, template: str, language: str) -> AuthoredMail:
    """The mail of a play in a language. Raises BadDefinition."""
    name = f"{template}.{language}.md"
    return _read(play.files[name], f"plays/{play.name}/{name}", play.over)


@lru_cache(maxsize=512)
def _read(text: str, where: str, over: str) -> AuthoredMail:
    return read_mail(text, where, known_path)


def check_mails(play: Play) -> None:
    """Raises BadDefinition for a mail that could not be written."""
    for step in play.steps:
        if isinstance(step.act, Said) and step.act.channel == "mail":
            for language in play.languages:
                mail_of(play, step.act.template, language)


def _row(  # noqa: PLR0913
    each: Doing, person: Recipient, mailing: _Mailing, status: str, why: str, *, address: str = ""
) -> Message:  # fmt: skip
    """A row of the ledger. Only what is to be sent has an address in it."""
    fields: dict[str, Any] = {
        "key": f"{each.effect.key}/{digest('person', person.person_id)}",
        "purpose": Purpose.PLAY,
        "channel": Channel.MAIL,
        "recipient": address,
        "valid_until": each.effect.valid_until,
        "play": each.row.play,
        "step": each.effect.step,
        "account_id": each.account_id,
        "person_id": person.person_id,
        "topic": _topic(each),
        "status": status,
        "why": why,
    }
    if status == Status.READY:
        return new_message(now=mailing.now, **fields)
    ended = {"intended_at": mailing.now, "next_at": mailing.now, "ended_at": mailing.now}
    return Message(**fields, **ended)

"""Answers to our mails: which nobody has taken up yet, and which somebody may want to quote."""

from datetime import datetime

from django.db import transaction

from tenure.base.errors import Conflict
from tenure.content.models import Testimonial
from tenure.content.testimonials import Said, keep
from tenure.customers.merging import canonical_id
from tenure.customers.models import Account, Person
from tenure.messages.mailbox.models import MailReply

_AT_ONCE = 200


def untaken_replies() -> list[MailReply]:
    """Those for which there is no task, the oldest first."""
    rows = MailReply.objects.filter(taken_up_at=None).select_related("message")
    return list(rows.order_by("id")[:_AT_ONCE])


def untaken_reply_to(enrolment: str) -> MailReply | None:
    """The last answer to a mail of this enrolment for which there is no task yet."""
    rows = MailReply.objects.filter(message__enrolment=enrolment, taken_up_at=None)
    return rows.order_by("-at", "-id").first()


def take_up(reply: MailReply, now: datetime) -> None:
    """A task is there for it, in the caller's transaction."""
    MailReply.objects.filter(pk=reply.pk, taken_up_at=None).update(taken_up_at=now)


def language_of(reply: MailReply) -> str:
    """In which language it was most likely written: as the person reads, else English."""
    person = Person.objects.filter(pk=canonical_id("person", reply.person_id)).first()
    traits = (person.traits or {}) if person is not None else {}
    said = str(traits.get("language") or traits.get("locale") or "en")
    return said.replace("_", "-").lower()


@transaction.atomic
def keep_as_candidate(
    reply: MailReply, *, now: datetime, by: str, language: str, feature: str = ""
) -> Testimonial:
    """The words as a candidate for social proof: shown nowhere before somebody looked at them and
    their author agreed. The same answer is one candidate.

    Raises InvalidInput for words that cannot be kept, Conflict where they are kept already.
    """
    locked = MailReply.objects.select_for_update().get(pk=reply.pk)
    if locked.testimonial:
        raise Conflict("these words are kept already")
    person_id = canonical_id("person", reply.person_id)
    account_id = canonical_id("account", reply.account_id) if reply.account_id else ""
    person = Person.objects.filter(pk=person_id).first()
    account = Account.objects.filter(pk=account_id).first()
    said = Said(
        words=reply.words,
        language=language,
        said_at=reply.at,
        who=(person.name if person is not None else "")[:200],
        company=(account.name if account is not None else "")[:200],
        person_id=person_id,
        account_id=account_id,
    )
    made = keep(said, now=now, by=by)
    MailReply.objects.filter(pk=reply.pk).update(testimonial=made.key)
    return made

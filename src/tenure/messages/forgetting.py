"""Messages that speak of somebody who is forgotten lose their text, and their address
where it is theirs; that they were sent stays."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from tenure.customers.models import Person
from tenure.messages.consent import forget_in_consent
from tenure.messages.import_asked import forget_in_imports
from tenure.messages.mailbox.models import MailReply
from tenure.messages.models import (
    Channel,
    Message,
    MessageAbout,
    MessageData,
    MessageDecision,
    MessageFeedback,
    Purpose,
    Status,
    address_digest,
)
from tenure.messages.suppression import forget_addresses


@transaction.atomic
def forget_in_messages(account_ids: Sequence[str], person_ids: Sequence[str], now: datetime) -> int:
    """How many messages named one of these ids, and say nothing any more.

    What was still waiting is withheld.
    """
    named = MessageAbout.objects.filter(kind="account", subject_id__in=account_ids)
    named |= MessageAbout.objects.filter(kind="person", subject_id__in=person_ids)
    ids = list(named.values_list("message_id", flat=True).distinct())
    messages = Message.objects.filter(pk__in=ids)
    addresses = _addresses(messages, person_ids)
    forget_in_imports({*addresses, *person_ids} - {""})
    forget_addresses(addresses)
    MessageFeedback.objects.filter(message_id__in=ids).update(detail="")
    # A report of a mail that is not known here may quote the address as well.
    theirs = [address_digest(each) for each in addresses if each]
    MessageFeedback.objects.filter(address_digest__in=theirs).update(detail="")
    messages.update(why="", provider_id="")  # what a mail server says has the address in it
    still_here = [Status.HELD, Status.READY, Status.CLAIMED, Status.SHOWN]
    waiting = messages.filter(status__in=still_here)
    waiting.update(
        status=Status.SUPPRESSED,
        why="it speaks of somebody who is forgotten",
        ended_at=now,
        claimed_until=None,
    )
    named.delete()
    # What they answered; and who only answered for an account of which no mail speaks.
    answers = MailReply.objects.filter(message_id__in=ids)
    answers |= MailReply.objects.filter(person_id__in=person_ids)
    answers |= MailReply.objects.filter(account_id__in=account_ids)
    answers.delete()
    MessageData.objects.filter(message_id__in=ids).delete()
    MessageDecision.objects.filter(message_id__in=ids).delete()
    # The key of a play's message names whom it was for.
    messages.filter(purpose=Purpose.PLAY).update(
        key=Concat(Value("forgotten:"), Cast("pk", TextField()))
    )
    forget_in_consent(person_ids)
    # Who signs in to Tenure is not who is forgotten; anybody else's address is.
    messages.filter(to=None, channel=Channel.MAIL).update(recipient="")
    return messages.update(
        subject="",
        text="",
        html="",
        payload=None,
        account_id="",
        person_id="",
        headers={},
        enrolment="",
        because={},
        data_digest="",
    )


def _addresses(messages: QuerySet[Message], person_ids: Sequence[str]) -> set[str]:
    """Where mail to who is forgotten went, and would go."""
    theirs = messages.filter(to=None, channel=Channel.MAIL)
    known = Person.objects.filter(pk__in=person_ids).values_list("email", flat=True)
    return {*theirs.values_list("recipient", flat=True), *known}

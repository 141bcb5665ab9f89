"""The name that each mail of ours bears, and back from it to the mail.

It is signed, so whoever names it has seen the mail: an answer or a return that does not is not
believed, because anybody can write any address into the rest of a mail.
"""

import hmac
import re
from collections.abc import Iterable

from django.utils.crypto import salted_hmac

from tenure.messages.models import Channel, Message

_OURS = re.compile(r"<?(\d{1,18})\.([0-9a-f]{32})@[^<>@\s]{1,255}>?")
_ANY = re.compile(r"<[!-;=?-~]{3,300}>")


def names_in(text: str) -> list[str]:
    """The Message-IDs in a header; what else stands there is left out."""
    return _ANY.findall(text)


def mail_id(message: Message, domain: str) -> str:
    """The Message-ID: the same for every attempt, and after a restart."""
    return f"<{message.pk or 0}.{_signature(message)}@{domain}>"


def message_of(ids: Iterable[str]) -> Message | None:
    """The mail that one of these Message-IDs names, the first that does; None for those of others.

    Some providers give a mail a name of their own: that which they told us counts as well.
    """
    mails = Message.objects.filter(channel=Channel.MAIL)
    for each in ids:
        named = _OURS.fullmatch(each.strip())
        if named is not None:
            found = mails.filter(pk=int(named[1])).first()
            if found is not None and hmac.compare_digest(named[2], _signature(found)):
                return found
        bare = each.strip().strip("<>")
        names = {each.strip(), bare, bare.partition("@")[0]} - {""}
        named_by_them = mails.exclude(provider_id="").filter(provider_id__in=names)
        theirs = list(named_by_them[:2])
        if len(theirs) == 1:
            return theirs[0]
    return None


def _signature(message: Message) -> str:
    said = f"{message.pk or 0}\n{message.key}\n{message.intended_at.isoformat()}"
    return str(salted_hmac("tenure.messages.mail_id", said, algorithm="sha256").hexdigest()[:32])

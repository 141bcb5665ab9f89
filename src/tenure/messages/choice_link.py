"""The link in a mail by which somebody says what they want: signed, short, and for ever.

It has to be short, because it stands in a header that relays must not fold, and to last, because a
mail is opened years later. It opens nothing but these choices of this one person.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from tenure.base.errors import Unauthorized

PATH = "/mail/"
TOKEN_CHARS = 1_500
_SIGNATURE_BYTES = 15


class LinkForged(Unauthorized):
    """The link is not one of ours, or was changed."""

    code = "link_forged"


@dataclass(frozen=True, slots=True)
class ChoiceLink:
    person_id: str
    topic: str


def choice_token(link: ChoiceLink, secret: str) -> str:
    """The link's token, safe in an address."""
    body = f"{link.topic}\n{link.person_id}".encode()
    return base64.urlsafe_b64encode(_signature(body, secret) + body).decode().rstrip("=")


def read_choice_token(text: str, secret: str) -> ChoiceLink:
    """What the token stands for. Raises LinkForged."""
    try:
        if len(text) > TOKEN_CHARS:
            raise ValueError
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, _signature(body, secret)):
            raise ValueError
        topic, _, person_id = body.decode().partition("\n")
    except (ValueError, binascii.Error):  # UnicodeDecodeError is a ValueError
        raise LinkForged(
            "this link is not one of ours, or a part of it is missing; open it from the mail again"
        ) from None
    return ChoiceLink(person_id, topic)


def _signature(body: bytes, secret: str) -> bytes:
    key = hashlib.sha256(b"tenure.messages.choice.1" + secret.encode()).digest()
    return hmac.new(key, body, hashlib.sha256).digest()[:_SIGNATURE_BYTES]

"""Links that a receipt carries: to come back, and to take one's data along. Signed by the home.

A link says what it is for, so that one cannot be used as the other.
"""

import hashlib
import hmac
from datetime import UTC, datetime

import msgspec

from tenure.offboard.tokens import (
    TokenExpired,
    TokenForged,
    TokenMalformed,
    from_base64,
    to_base64,
)

RETURN, EXPORT = "return", "export"
LINK_CHARS = 2_000


class Link(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a link stands for."""

    purpose: str  # return | export
    visit_id: str
    account_id: str
    subscription_id: str
    exp: int  # unix seconds

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.exp, UTC)


_decode = msgspec.json.Decoder(Link).decode


def make_link(link: Link, secret: str) -> str:
    """The link's token, safe in an address."""
    body = to_base64(msgspec.json.encode(link))
    return f"{body}.{_signature(secret, body)}"


def read_link(text: str, purpose: str, secret: str, now: datetime) -> Link:
    """What the token stands for. Raises TokenMalformed, TokenForged and TokenExpired."""
    body, dot, signature = text.partition(".")
    if not dot or len(text) > LINK_CHARS or not text.isascii():
        raise TokenMalformed("this link is not whole; copy all of it", field="token")
    if not hmac.compare_digest(_signature(secret, body), signature):
        raise TokenForged("this link is not one of ours, or was changed", field="token")
    link = _decode(from_base64(body))
    if link.purpose != purpose:
        raise TokenForged(f"this link is for something else than to {purpose}", field="token")
    if link.expires_at <= now:
        raise TokenExpired("the time of this link is over", field="token")
    return link


def _signature(secret: str, body: str) -> str:
    key = hmac.new(secret.encode(), b"tenure.offboard.link.1", hashlib.sha256).digest()
    return to_base64(hmac.new(key, body.encode(), hashlib.sha256).digest())

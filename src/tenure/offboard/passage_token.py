"""A passage on its way through the browser: sealed with the home's secret, for a day.

What goes from screen to screen is all there is of a passage; so no step needs a row of state, and
nothing that a client says about itself is believed. It is signed, so that nobody changes it, and
hidden, because it knows what an offer costs us and which arm this is.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

import msgspec

from tenure.offboard.passage import Passage
from tenure.offboard.tokens import (
    TokenExpired,
    TokenForged,
    TokenMalformed,
    from_base64,
    to_base64,
)

VALID = timedelta(hours=24)
SEALED_CHARS = 60_000
_NONCE_BYTES = 16


class _Sealed(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    exp: int
    passage: Passage


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Sealed).decode


def seal(passage: Passage, secret: str, now: datetime) -> str:
    """The passage as a text that only we can have written, and read."""
    plain = _encode(_Sealed(int((now + VALID).timestamp()), passage))
    nonce = secrets.token_bytes(_NONCE_BYTES)
    body = to_base64(nonce + _hidden(plain, nonce, secret))
    return f"{body}.{_signature(secret, body)}"


def unseal(text: str, secret: str, now: datetime) -> Passage:
    """The passage in a text of `seal`. Raises TokenMalformed, TokenForged and TokenExpired."""
    if len(text) > SEALED_CHARS:
        raise TokenMalformed(
            f"the passage has {len(text)} characters, and {SEALED_CHARS} are the limit",
            field="passage",
        )
    body, dot, signature = text.partition(".")
    if not dot or not text.isascii():
        raise TokenMalformed("this is no passage; open the page of leaving again", field="passage")
    if not hmac.compare_digest(_signature(secret, body), signature):
        raise TokenForged(
            "the passage was changed on its way; open the page of leaving again", field="passage"
        )
    raw = from_base64(body)
    nonce, hidden = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
    sealed = _decode(_hidden(hidden, nonce, secret))
    if sealed.exp <= now.timestamp():
        raise TokenExpired(
            "the page stood open for more than a day; open it again", field="passage"
        )
    return sealed.passage


def _hidden(text: bytes, nonce: bytes, secret: str) -> bytes:
    """The text under a stream of bytes that nobody knows without the secret; twice is once."""
    stream = hashlib.shake_256(_key(secret, b"hide") + nonce).digest(len(text))
    mixed = int.from_bytes(text) ^ int.from_bytes(stream)
    return mixed.to_bytes(len(text))


def _signature(secret: str, body: str) -> str:
    code = hmac.new(_key(secret, b"sign"), body.encode(), hashlib.sha256)
    return to_base64(code.digest())


def _key(secret: str, purpose: bytes) -> bytes:
    message = b"tenure.offboard.passage.1." + purpose
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()

"""Who is at a page, as the host's own server signed it.

    tenureperson1.<key id>.<base64url(JSON payload)>.<signature>      # kit.signed_token

A page may claim to be anybody: a write key is public, and so is `tenure.identify`. What is meant
for one person is therefore shown to nobody whose name is not signed. Keys are those of the cancel
flow (`tenure cancel-keys create`); the prefix keeps the two kinds of token apart.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tenure.kit import signed_token
from tenure.kit.signed_token import SigningKey

PREFIX = "tenureperson1"


class Present(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is there. `account`: in which of their accounts; empty: whichever."""

    person: str
    exp: int  # unix seconds
    account: str = ""
    locale: str = ""


def sign(payload: Mapping[str, object], key: SigningKey) -> str:
    """The token over this payload, which is not checked: reading it does that."""
    return signed_token.sign(PREFIX, payload, key)


def read_person(text: str, keys: Mapping[str, SigningKey], now: datetime) -> Present:
    """Who is there. Raises TokenMalformed, TokenForged, KeyRevoked and TokenExpired."""
    _, body = signed_token.body_signed(PREFIX, text, keys)
    present = signed_token.payload_of(body, Present)
    assert isinstance(present, Present)
    signed_token.check_id("person", present.person)
    if present.account:
        signed_token.check_id("account", present.account)
    signed_token.check_locale(present.locale)
    signed_token.check_exp(present.exp)
    signed_token.check_time(present.exp, now, "your server makes a new one for who is signed in")
    return present


def key_id_of(text: str) -> str:
    """The id of the key that a token names; not checked. Raises TokenMalformed for no token."""
    return signed_token.key_id_of(PREFIX, text)

"""What a host's backend says of who wants to leave, signed in whole: read, or refused with a code.

    tenure1.<key id>.<base64url(JSON payload)>.<base64url(HMAC-SHA256(secret, what stands before))>

Without padding. Nothing in it can be changed, swapped or used after its time: not who, not which
subscription, not the mode. Pure; the keys are passed in.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from tenure.base.errors import Conflict
from tenure.base.ids import digest
from tenure.billing.kinds import KINDS
from tenure.kit import signed_token
from tenure.kit.signed_token import (
    ID_CHARS,
    TOKEN_CHARS,
    UNSEEN,
    VALID_AT_MOST,
    KeyRevoked,
    SigningKey,
    TokenExpired,
    TokenForged,
    TokenMalformed,
    from_base64,
    to_base64,
    wrong,
)

__all__ = [
    "ID_CHARS",
    "PREFIX",
    "TOKEN_CHARS",
    "VALID_AT_MOST",
    "Ask",
    "KeyRevoked",
    "SigningKey",
    "TokenExpired",
    "TokenForged",
    "TokenMalformed",
    "TokenUsed",
    "from_base64",
    "key_id_of",
    "read_payload",
    "read_token",
    "sign",
    "to_base64",
]

PREFIX = "tenure1"
URL_CHARS = 2_000
OFFERS_AT_MOST = 100
_NONCE = re.compile(r"[A-Za-z0-9_.~-]{16,200}")
_OFFER = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_COUNTRY = re.compile(r"[A-Z]{2}")


class TokenUsed(Conflict):
    """The visit that it opened has come to its end."""

    code = "token_used"


class Ask(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who wants to leave what, as the host signed it. `key_id` says which key did."""

    account: str
    subscription: str
    mode: str  # live | test
    exp: int  # unix seconds
    nonce: str
    key_id: str = ""
    person: str = ""
    offers: tuple[str, ...] | None = None  # the names allowed; None: all
    host_acts: tuple[str, ...] = ()  # kinds of change that the host's own page makes
    locale: str = ""
    country: str = ""  # ISO 3166, two letters
    is_consumer: bool | None = None
    return_url: str = ""
    cancel_url: str = ""  # the host's own way to cancel, should Tenure fail

    @property
    def visit_id(self) -> str:
        """The same for every opening of one token."""
        return digest("visit", self.key_id, self.nonce)

    @property
    def is_test(self) -> bool:
        return self.mode == "test"

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.exp, UTC)


class _Payload(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    account: str
    subscription: str
    mode: str
    exp: int
    nonce: str
    person: str | None = None
    offers: list[str] | None = None
    host_acts: list[str] | None = None
    locale: str | None = None
    country: str | None = None
    is_consumer: bool | None = None
    return_url: str | None = None
    cancel_url: str | None = None


def sign(payload: Mapping[str, object], key: SigningKey) -> str:
    """The token over this payload, which is not checked: reading it does that."""
    return signed_token.sign(PREFIX, payload, key)


def read_token(text: str, keys: Mapping[str, SigningKey], now: datetime) -> Ask:
    """What the token asks. Raises TokenMalformed, TokenForged, KeyRevoked and TokenExpired.

    Nothing inside is looked at before the signature is known to be right.
    """
    key, body = signed_token.body_signed(PREFIX, text, keys)
    ask = read_payload(body, key.key_id)
    signed_token.check_time(
        ask.exp, now, "the page that opens the cancel flow must make a new one each time"
    )
    return ask


def key_id_of(text: str) -> str:
    """The id of the key that a token names; not checked. Raises TokenMalformed for no token."""
    return signed_token.key_id_of(PREFIX, text)


def read_payload(body: bytes, key_id: str) -> Ask:
    """The payload of a token, checked field by field. Raises TokenMalformed."""
    payload = signed_token.payload_of(body, _Payload)
    assert isinstance(payload, _Payload)
    _check(payload)
    return Ask(
        account=payload.account,
        subscription=payload.subscription,
        mode=payload.mode,
        exp=payload.exp,
        nonce=payload.nonce,
        key_id=key_id,
        person=payload.person or "",
        offers=None if payload.offers is None else tuple(dict.fromkeys(payload.offers)),
        host_acts=tuple(dict.fromkeys(payload.host_acts or ())),
        locale=payload.locale or "",
        country=payload.country or "",
        is_consumer=payload.is_consumer,
        return_url=payload.return_url or "",
        cancel_url=payload.cancel_url or "",
    )


def _check(payload: _Payload) -> None:
    for name in ("account", "subscription"):
        signed_token.check_id(name, getattr(payload, name))
    if payload.person:
        signed_token.check_id("person", payload.person)
    if payload.mode not in ("live", "test"):
        raise wrong("mode", payload.mode, '"live" or "test"')
    signed_token.check_exp(payload.exp)
    if not _NONCE.fullmatch(payload.nonce):
        raise wrong("nonce", payload.nonce, "16 to 200 characters of A-Z a-z 0-9 _ . ~ -")
    _check_offers(payload.offers or [])
    for kind in payload.host_acts or []:
        if kind not in KINDS:
            raise wrong("host_acts", kind, "changes of billing: " + ", ".join(KINDS))
    if payload.country and not _COUNTRY.fullmatch(payload.country):
        raise wrong("country", payload.country, "two capital letters, as DE")
    signed_token.check_locale(payload.locale or "")
    for name in ("return_url", "cancel_url"):
        if value := getattr(payload, name):
            _check_url(name, value)


def _check_offers(names: list[str]) -> None:
    if len(names) > OFFERS_AT_MOST:
        raise wrong("offers", f"{len(names)} names", f"at most {OFFERS_AT_MOST}")
    for name in names:
        if not _OFFER.fullmatch(name):
            raise wrong("offers", name, "names of offers")


def _check_url(name: str, value: str) -> None:
    wanted = "an address that starts with https:// or http://"
    if len(value) > URL_CHARS or UNSEEN.search(value) or " " in value or "\\" in value:
        raise wrong(name, value, wanted)
    try:
        parts = urlsplit(value)
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_right = False
    if not is_right:
        raise wrong(name, value, wanted)

"""What a host's backend says of who wants to leave, signed in whole: read, or refused with a code.

    tenure1.<key id>.<base64url(JSON payload)>.<base64url(HMAC-SHA256(secret, what stands before))>

Without padding. Nothing in it can be changed, swapped or used after its time: not who, not which
subscription, not the mode. Pure; the keys are passed in.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from tenure.base.errors import Conflict, InvalidInput, Unauthorized
from tenure.base.ids import digest
from tenure.billing.kinds import KINDS

PREFIX = "tenure1"
TOKEN_CHARS = 8_192
VALID_AT_MOST = timedelta(hours=24)
CLOCKS_DIFFER = timedelta(minutes=5)  # the host's clock may be ahead of ours
ID_CHARS = 200
URL_CHARS = 2_000
OFFERS_AT_MOST = 100
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NONCE = re.compile(r"[A-Za-z0-9_.~-]{16,200}")
_OFFER = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LOCALE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,4}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class TokenMalformed(InvalidInput):
    """No token, or one that a host made wrongly; the message names what."""

    status = 400
    code = "token_malformed"


class TokenForged(Unauthorized):
    """The signature is not that of a key we know over these very bytes."""

    code = "token_forged"


class TokenExpired(Unauthorized):
    """Its time is over; the host makes a new one."""

    code = "token_expired"


class KeyRevoked(Unauthorized):
    """Rightly signed, by a key that the operator took back."""

    code = "key_revoked"


class TokenUsed(Conflict):
    """The visit that it opened has come to its end."""

    code = "token_used"


class SigningKey(Protocol):
    """What is needed of `models.CancelKey`."""

    key_id: str
    secret: str
    revoked_at: datetime | None


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
    text = msgspec.json.encode(payload)
    signed = f"{PREFIX}.{key.key_id}.{to_base64(text)}"
    return f"{signed}.{_signature(key.secret, signed)}"


def read_token(text: str, keys: Mapping[str, SigningKey], now: datetime) -> Ask:
    """What the token asks. Raises TokenMalformed, TokenForged, KeyRevoked and TokenExpired.

    Nothing inside is looked at before the signature is known to be right.
    """
    key, body = _signed_by(text, keys)
    ask = read_payload(body, key.key_id)
    if ask.expires_at <= now:
        raise TokenExpired(
            "the token's time is over; the page that opens the cancel flow must make a new one "
            "each time",
            field="exp",
        )
    if ask.expires_at > now + VALID_AT_MOST + CLOCKS_DIFFER:
        raise TokenMalformed(
            f"exp is {ask.exp}, more than 24 hours ahead; sign a shorter time",
            field="exp",
        )
    return ask


def key_id_of(text: str) -> str:
    """The id of the key that a token names; not checked. Raises TokenMalformed for no token."""
    if len(text) > TOKEN_CHARS:
        raise TokenMalformed(
            f"the token has {len(text)} characters, and {TOKEN_CHARS} are the limit", field="token"
        )
    parts = text.split(".")
    if len(parts) != 4 or parts[0] != PREFIX or not _KEY_ID.fullmatch(parts[1]):
        raise TokenMalformed(
            f"a token is {PREFIX}.<key id>.<payload>.<signature>; this is none", field="token"
        )
    return parts[1]


def read_payload(body: bytes, key_id: str) -> Ask:
    """The payload of a token, checked field by field. Raises TokenMalformed."""
    try:
        decoded = json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant)
        payload = msgspec.convert(decoded, _Payload, strict=True)
    except msgspec.ValidationError as error:
        raise TokenMalformed(f"the token's payload: {error}") from None
    except RecursionError:
        raise TokenMalformed("the token's payload is nested too deeply") from None
    except ValueError as error:  # no JSON, or no UTF-8
        raise TokenMalformed(f"the token's payload is no JSON ({error})") from None
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


def to_base64(raw: bytes) -> str:
    """Base64 for links, without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64(text: str) -> bytes:
    """The bytes of such a text. Raises ValueError unless it is written in the one right way."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if to_base64(raw) != text:
        raise ValueError("it is written in more than one way")
    return raw


def _signed_by(text: str, keys: Mapping[str, SigningKey]) -> tuple[SigningKey, bytes]:
    key_id = key_id_of(text)
    signed, _, signature = text.rpartition(".")
    key = keys.get(key_id)
    # Texts are compared, not what they decode to: the last letter of a signature has spare bits.
    secret = key.secret if key else "-"
    is_right = hmac.compare_digest(
        _signature(secret, signed).encode(), signature.encode("utf-8", "surrogatepass")
    )
    if key is None or not is_right:
        raise TokenForged(
            f"the token is not signed by a key of this installation (key {key_id}); "
            "`tenure cancel-keys list` names them",
            field="token",
        )
    if key.revoked_at is not None:
        raise KeyRevoked(
            f"key {key_id} was revoked; sign with another (`tenure cancel-keys create`)",
            field="token",
        )
    try:
        return key, from_base64(signed.rpartition(".")[2])
    except ValueError as error:
        raise TokenMalformed(f"the token's payload is no base64url ({error})") from None


def _signature(secret: str, signed: str) -> str:
    code = hmac.new(secret.encode(), signed.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return to_base64(code.digest())


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice[:40]!r} is there twice")
    return found


def _no_constant(text: str) -> object:
    raise ValueError(f"{text} is no JSON")


def _check(payload: _Payload) -> None:
    for name in ("account", "subscription"):
        _check_id(name, getattr(payload, name))
    if payload.person:
        _check_id("person", payload.person)
    if payload.mode not in ("live", "test"):
        raise _wrong("mode", payload.mode, '"live" or "test"')
    if not 0 < payload.exp < 10_000_000_000:
        raise _wrong("exp", payload.exp, "unix seconds, as 1790000000")
    if not _NONCE.fullmatch(payload.nonce):
        raise _wrong("nonce", payload.nonce, "16 to 200 characters of A-Z a-z 0-9 _ . ~ -")
    _check_offers(payload.offers or [])
    for kind in payload.host_acts or []:
        if kind not in KINDS:
            raise _wrong("host_acts", kind, "changes of billing: " + ", ".join(KINDS))
    if payload.country and not _COUNTRY.fullmatch(payload.country):
        raise _wrong("country", payload.country, "two capital letters, as DE")
    if payload.locale and not _LOCALE.fullmatch(payload.locale):
        raise _wrong("locale", payload.locale, "a language tag, as en or zh-Hant")
    for name in ("return_url", "cancel_url"):
        if value := getattr(payload, name):
            _check_url(name, value)


def _check_offers(names: list[str]) -> None:
    if len(names) > OFFERS_AT_MOST:
        raise _wrong("offers", f"{len(names)} names", f"at most {OFFERS_AT_MOST}")
    for name in names:
        if not _OFFER.fullmatch(name):
            raise _wrong("offers", name, "names of offers")


def _check_id(name: str, value: str) -> None:
    if not value.strip() or len(value) > ID_CHARS or _UNSEEN.search(value):
        raise _wrong(name, value, f"1 to {ID_CHARS} visible characters")


def _check_url(name: str, value: str) -> None:
    wanted = "an address that starts with https:// or http://"
    if len(value) > URL_CHARS or _UNSEEN.search(value) or " " in value or "\\" in value:
        raise _wrong(name, value, wanted)
    try:
        parts = urlsplit(value)
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_right = False
    if not is_right:
        raise _wrong(name, value, wanted)


def _wrong(name: str, value: object, wanted: str) -> TokenMalformed:
    return TokenMalformed(
        f"the token's payload: {name} is {str(value)[:80]!r}; write {wanted}", field=name
    )

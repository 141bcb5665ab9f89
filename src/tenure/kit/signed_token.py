"""A payload that somebody else's backend signed in whole: read, or refused with a code.

    <prefix>.<key id>.<base64url(JSON payload)>.<base64url(HMAC-SHA256(secret, what stands before))>

Without padding. The prefix says what the token is for, and is signed too: one kind is never taken
for another, also where both are signed with one key. Pure; the keys are passed in.
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

import msgspec

from tenure.base.errors import InvalidInput, Unauthorized

TOKEN_CHARS = 8_192
VALID_AT_MOST = timedelta(hours=24)
CLOCKS_DIFFER = timedelta(minutes=5)  # the host's clock may be ahead of ours
ID_CHARS = 200
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
LOCALE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,4}")
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


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


class SigningKey(Protocol):
    """A key of the host's, such as `offboard.models.CancelKey`."""

    key_id: str
    secret: str
    revoked_at: datetime | None


def sign(prefix: str, payload: Mapping[str, object], key: SigningKey) -> str:
    """The token over this payload, which is not checked: reading it does that."""
    text = msgspec.json.encode(payload)
    signed = f"{prefix}.{key.key_id}.{to_base64(text)}"
    return f"{signed}.{_signature(key.secret, signed)}"


def key_id_of(prefix: str, text: str) -> str:
    """The id of the key that a token names; not checked. Raises TokenMalformed for no token."""
    if len(text) > TOKEN_CHARS:
        raise TokenMalformed(
            f"the token has {len(text)} characters, and {TOKEN_CHARS} are the limit", field="token"
        )
    parts = text.split(".")
    if len(parts) != 4 or parts[0] != prefix or not _KEY_ID.fullmatch(parts[1]):
        raise TokenMalformed(
            f"a token is {prefix}.<key id>.<payload>.<signature>; this is none", field="token"
        )
    return parts[1]


def body_signed(prefix: str, text: str, keys: Mapping[str, SigningKey]) -> tuple[SigningKey, bytes]:
    """The key that signed a token, and the bytes of its payload. Raises TokenMalformed,
    TokenForged and KeyRevoked. Nothing inside is looked at before the signature is known to be
    right."""
    key_id = key_id_of(prefix, text)
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


def payload_of(body: bytes, shape: type) -> object:
    """The payload as this struct: no field twice, none that is not known. Raises TokenMalformed."""
    try:
        decoded = json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant)
        return msgspec.convert(decoded, shape, strict=True)
    except msgspec.ValidationError as error:
        raise TokenMalformed(f"the token's payload: {error}") from None
    except RecursionError:
        raise TokenMalformed("the token's payload is nested too deeply") from None
    except ValueError as error:  # no JSON, or no UTF-8
        raise TokenMalformed(f"the token's payload is no JSON ({error})") from None


def check_exp(exp: int) -> None:
    """Raises TokenMalformed for what are no unix seconds."""
    if not 0 < exp < 10_000_000_000:
        raise wrong("exp", exp, "unix seconds, as 1790000000")


def check_time(exp: int, now: datetime, makes: str) -> None:
    """Raises TokenExpired, and TokenMalformed for a time too far ahead. `makes` says who has to
    make a new one, and when."""
    expires_at = datetime.fromtimestamp(exp, UTC)
    if expires_at <= now:
        raise TokenExpired(f"the token's time is over; {makes}", field="exp")
    if expires_at > now + VALID_AT_MOST + CLOCKS_DIFFER:
        raise TokenMalformed(
            f"exp is {exp}, more than 24 hours ahead; sign a shorter time", field="exp"
        )


def check_id(name: str, value: str) -> None:
    """Raises TokenMalformed for an id that is empty, too long, or has what cannot be seen."""
    if not value.strip() or len(value) > ID_CHARS or UNSEEN.search(value):
        raise wrong(name, value, f"1 to {ID_CHARS} visible characters")


def check_locale(value: str) -> None:
    """Raises TokenMalformed for what is no language tag."""
    if value and not LOCALE.fullmatch(value):
        raise wrong("locale", value, "a language tag, as en or zh-Hant")


def wrong(name: str, value: object, wanted: str) -> TokenMalformed:
    """The error to raise about a field of a payload."""
    return TokenMalformed(
        f"the token's payload: {name} is {str(value)[:80]!r}; write {wanted}", field=name
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

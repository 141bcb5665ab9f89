"""How a program asks the JSON API: with a token that somebody made for it, and can revoke.

Only the token's digest is kept; it is shown once.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from tenure.base.errors import InvalidInput, NotFound
from tenure.console.models import ApiToken

PREFIX = "tk_"
NAME_CHARS = 100
NOTE_USE_EVERY = timedelta(minutes=5)


def create_token(name: str, now: datetime) -> tuple[ApiToken, str]:
    """A new token, and the text that a program sends as `Authorization: Bearer`."""
    name = name.strip()
    if not name or len(name) > NAME_CHARS:
        raise InvalidInput(f"a token needs a name of 1 to {NAME_CHARS} characters", field="name")
    text = PREFIX + secrets.token_urlsafe(32)
    return ApiToken.objects.create(name=name, digest=_digest(text), created_at=now), text


def revoke_token(token_id: int, now: datetime) -> ApiToken:
    """The token, refused from now on. Revoking twice keeps the first time. Raises NotFound."""
    token = ApiToken.objects.filter(pk=token_id).first()
    if token is None:
        raise NotFound(f"there is no token {token_id}; `tenure tokens list` names them")
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
    return token


def token_of(text: str, now: datetime) -> ApiToken | None:
    """The token that this text stands for, unless it was revoked; its use is noted."""
    token = ApiToken.objects.filter(digest=_digest(text), revoked_at=None).first()
    if token and (token.last_used_at is None or now - token.last_used_at >= NOTE_USE_EVERY):
        token.last_used_at = now
        token.save(update_fields=["last_used_at"])
    return token


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

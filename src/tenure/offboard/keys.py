"""Keys that hosts sign tokens with: made, listed, taken back."""

import secrets
from datetime import datetime

from tenure.base.errors import InvalidInput, NotFound
from tenure.base.ids import fresh_id
from tenure.offboard.held import Held
from tenure.offboard.models import CancelKey

NAME_CHARS = 100
SECRET_PREFIX = "cs_"


def create_cancel_key(name: str, now: datetime) -> CancelKey:
    """A new key; what was signed with older ones goes on. Raises InvalidInput for a bad name."""
    name = name.strip()
    if not name or len(name) > NAME_CHARS:
        raise InvalidInput(f"a key needs a name of 1 to {NAME_CHARS} characters", field="name")
    return CancelKey.objects.create(
        key_id=fresh_id("ck", 12),
        secret=SECRET_PREFIX + secrets.token_urlsafe(32),
        name=name,
        created_at=now,
    )


def revoke_cancel_key(key_id: str, now: datetime) -> CancelKey:
    """The key, whose tokens are refused from now on; again changes nothing. Raises NotFound."""
    key = CancelKey.objects.filter(pk=key_id).first()
    if key is None:
        raise NotFound(f"there is no key {key_id}; `tenure cancel-keys list` names them")
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
    return key


def signing_key(key_id: str = "") -> CancelKey:
    """The key to sign with: the one named, else the newest in use. Raises NotFound."""
    usable = CancelKey.objects.filter(revoked_at=None)
    if key_id:
        usable = usable.filter(pk=key_id)
    key = usable.order_by("-created_at", "key_id").first()
    if key is None:
        raise NotFound(
            f"there is no key {key_id} in use" if key_id else "there is no key in use",
            field="key_id",
        )
    return key


def all_keys() -> dict[str, CancelKey]:
    """Every key by its id, revoked ones too: what they signed is refused in other words."""
    return CancelKey.objects.in_bulk()


class KeysAtHand:
    """`keys(key_id)` are the keys that a token may be signed with, from memory for two seconds.

    One made this moment is among them. For many threads.
    """

    def __init__(self) -> None:
        self._held: Held[dict[str, CancelKey]] = Held(all_keys)

    def __call__(self, key_id: str) -> dict[str, CancelKey]:
        keys = self._held()
        return keys if key_id in keys else all_keys()

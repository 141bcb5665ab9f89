"""Signatures as Standard Webhooks has them: who asked, when, and for what.

`webhook-signature: v1,<base64 of HMAC-SHA256(secret, "<webhook-id>.<webhook-timestamp>.<body>")>`
Source  standardwebhooks.com, specification 1.0
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

from tenure.base.ids import digest

PREFIX = "whsec_"
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64
_PLAIN_ID = re.compile(r"[A-Za-z0-9_:/@+=-]{1,200}")


def read_secret(text: str) -> bytes:
    """The key of a secret `whsec_<base64>`. Raises ValueError that says what is wrong with it."""
    if not text.startswith(PREFIX):
        raise ValueError(f"it does not begin with {PREFIX}")
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"what follows {PREFIX} is not base64") from None
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise ValueError(
            f"it has {len(key)} bytes; {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} are due"
        )
    return key


def webhook_id(key: str) -> str:
    """The id that stands for a key in a header: itself, or a digest where it would not fit one.

    A full stop separates what is signed, so no id has one.
    """
    return key if _PLAIN_ID.fullmatch(key) else f"change_{digest(key)}"


def signed_headers(
    message_id: str, at: datetime, body: bytes, keys: Sequence[bytes]
) -> dict[str, str]:
    """The three headers of a signed request; one signature for each key, the newest first."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    signatures = [
        "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for key in keys
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }

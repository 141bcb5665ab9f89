"""Ids: digests of what a thing is, and fresh random ones."""

import hashlib
import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def digest(*parts: str) -> str:
    """32 hex characters that stand for `parts`; order and borders between parts count."""
    framed = b"".join(len(raw := part.encode()).to_bytes(4, "big") + raw for part in parts)
    return hashlib.blake2b(framed, digest_size=16).hexdigest()


def fresh_id(prefix: str, length: int = 16) -> str:
    """A random id such as `imp_7k2m...`, safe to show and to put in a link."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(length))

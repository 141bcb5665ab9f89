"""A page that somebody opens by a signed link, from a mail say: no session, no script, no cookie.

It carries its one style sheet in itself, and allows nothing else but the images it speaks of.
"""

import base64
import hashlib

from django.http import HttpResponse
from django.utils import translation


def public_reply(
    html: str, style: str, status: int, language: str, *, images: str = "data:"
) -> HttpResponse:
    """The page as a reply that nobody keeps, indexes, frames or adds anything to. `images` is where
    its own may come from."""
    reply = HttpResponse(html, status=status)
    seal = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    reply.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{seal}'; img-src {images}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    reply.headers["Cache-Control"] = "no-store"
    reply.headers["Referrer-Policy"] = "no-referrer"
    reply.headers["X-Robots-Tag"] = "noindex"
    reply.headers["Content-Language"] = language
    return reply


def direction_of(language: str) -> str:
    """`rtl` or `ltr`, as the language is written."""
    try:
        return "rtl" if translation.get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "ltr"

"""A page that somebody opens by a signed link, from a mail say: no session, no script, no cookie.

It carries its one style sheet in itself, and allows nothing else but the images it speaks of.
"""

import base64
import hashlib

from django.http import HttpResponse
from django.utils import translation


def public_reply(  # noqa: PLR0913
    html: str,
    style: str,
    status: int,
    language: str,
    *,
    images: str = "data:",
    is_looked_at: bool = False,
) -> HttpResponse:
    """The page as a reply that nobody keeps, indexes, frames or adds anything to.

    `images` is where its own may come from. One that `is_looked_at` stands in a frame of ours
    while it is written, and leads nowhere.
    """
    reply = HttpResponse(html, status=status)
    seal = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    may = (
        "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
        if is_looked_at
        else "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    reply.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{seal}'; img-src {images}; {may}"
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

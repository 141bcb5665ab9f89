"""A mail as the inside of a frame: nothing in it runs or leads anywhere."""

from django.http import HttpResponse

from tenure.console.pages.templates.look import LIGHT, in_scheme
from tenure.console.pages.templates.one import FRAME_POLICY


def framed(html: str, instead: str = "") -> HttpResponse:
    """The HTML of a mail for a frame of a page of ours; `instead` is said where there is none."""
    kind = "html" if html else "plain"
    words = in_scheme(html, LIGHT) or instead
    reply = HttpResponse(words, content_type=f"text/{kind}; charset=utf-8")
    reply.headers["Content-Security-Policy"] = FRAME_POLICY
    reply.headers["X-Frame-Options"] = "SAMEORIGIN"
    reply.headers["Cache-Control"] = "private, no-store"
    return reply

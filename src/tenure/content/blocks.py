"""Words of a customer as they stand in a mail and in plain text: marked as theirs, with source and
date, and so that they can be cut out again while the mail waits.
"""

import html
import re
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tenure.content.models import Testimonial
from tenure.kit.public_page import direction_of
from tenure.kit.telling import Told

_KEY = re.compile(r'\bdata-said="(said_\w+)"')
_EDGE = {"ltr": "left", "rtl": "right"}


def told(testimonial: Testimonial, language: str, zone: ZoneInfo) -> Told:
    """The words for a mail in this language."""
    return Told(text_of(testimonial, language, zone), html_of(testimonial, language, zone))


def text_of(testimonial: Testimonial, language: str, zone: ZoneInfo) -> str:
    """As plain text: the words, and below them who said it, where and when."""
    said = " ".join(testimonial.said.split())
    with translation.override(language):
        lines = [_("“%(words)s”") % {"words": said}, f"— {named(testimonial)}"]
        lines.append(where_and_when(testimonial, language, zone))
    return "\n".join([*lines, *([testimonial.source_url] if testimonial.source_url else [])])


def html_of(testimonial: Testimonial, language: str, zone: ZoneInfo) -> str:
    """As HTML for a mail; nothing in it but text of theirs, escaped, and our own tags."""
    direction = direction_of(testimonial.language)
    said = html.escape(testimonial.said).replace("\n", "<br>")
    with translation.override(language):
        words = _("“%(words)s”") % {"words": said}
        who = html.escape(named(testimonial))
        where = html.escape(where_and_when(testimonial, language, zone))
    if urlsplit(testimonial.source_url).scheme in ("http", "https"):
        where = f'<a href="{html.escape(testimonial.source_url)}">{where}</a>'
    return (
        f'<blockquote data-said="{testimonial.key}" dir="{direction}" '
        f'lang="{html.escape(testimonial.language)}" class="text rule" '
        f'style="margin:0 0 16px;padding:0 16px;border-{_EDGE[direction]}:3px solid #c3c8d2;'
        'color:#262a35;">'
        f'<p style="margin:0 0 6px;">{words}</p>'
        f'<p class="muted" style="margin:0;font-size:13px;color:#666c7a;">— {who}<br>{where}</p>'
        "</blockquote>"
    )


def named(testimonial: Testimonial) -> str:
    """Who said it, as they want to be named."""
    parts = [testimonial.who, testimonial.role, testimonial.company]
    return ", ".join(part for part in parts if part) or _("A customer")


def where_and_when(testimonial: Testimonial, language: str, zone: ZoneInfo) -> str:
    """The source and the date; that it is a part, where it is."""
    parts = [testimonial.source_name, day_of(testimonial.said_at, language, zone)]
    if testimonial.excerpt:
        parts.append(_("excerpt"))
    return " · ".join(part for part in parts if part)


def day_of(at: datetime, language: str, zone: ZoneInfo) -> str:
    """The day as it is written in a language."""
    with translation.override(language):
        return date_format(at.astimezone(zone), "DATE_FORMAT")


def keys_in(written: str) -> list[str]:
    """The keys of all words that stand in the HTML of a mail."""
    return list(dict.fromkeys(_KEY.findall(written))) if "data-said" in written else []


def cut_out(written: str, key: str) -> tuple[str, bool]:
    """The HTML of a mail without these words, and whether they were in it."""
    pattern = re.compile(
        rf'<blockquote\b[^>]*\bdata-said="{re.escape(key)}"[^>]*>.*?</blockquote>\s*', re.DOTALL
    )
    cut, found = pattern.subn("", written)
    return cut, found > 0

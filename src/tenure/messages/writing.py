"""A message's words: subject, plain text and HTML from one template each, in a language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse
from django.utils import translation


@dataclass(frozen=True, slots=True)
class Written:
    """What a mail says."""

    subject: str
    text: str
    html: str


def write(template: str, subject: str, context: Mapping[str, Any], language: str) -> Written:
    """The mail `template` in a language. The subject is already in it."""
    with translation.override(language):
        values = {**context, "subject": subject, "language": language}
        text = get_template(f"messages/{template}.txt").render(values)
        html = get_template(f"messages/{template}.html").render(values)
    return Written(subject, _trimmed(text), html)


def link(base_url: str, page: str, *args: object, otherwise: str = "overview") -> str:
    """The address of a console page by its name; of `otherwise` where there is no such page."""
    try:
        path = reverse(page, args=args)
    except NoReverseMatch:
        path = reverse(otherwise)
    return f"{base_url}{path}"


def _trimmed(text: str) -> str:
    """Without the blank lines that a template leaves where it says nothing."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept) + "\n"

"""What templates of the pages about plays and messages may say."""

from typing import Any

from django import template
from django.conf import settings

from tenure.console import format as written
from tenure.console.pages.plays_strip.places import PLACES
from tenure.messages.because_words import because_sentence, stands_sentence

register = template.Library()


@register.inclusion_tag("pages/plays_strip/places.html")
def plays_places(lit: str) -> dict[str, Any]:
    """The strip of the pages about plays and messages, with the one of this key lit."""
    return {"places": PLACES, "lit": lit}


register.filter("because", because_sentence)
register.filter("stands", stands_sentence)


@register.filter
def minor(value: float | None) -> str:
    """A mean of minor units as money in the company's currency."""
    currency = settings.TENURE_HOME.company.currency
    return written.money(None if value is None else round(value), currency, whole=False)

"""What templates of the pages about leaving may say."""

from typing import Any

from django import template

from tenure.console.pages.leaving.places import PLACES

register = template.Library()


@register.inclusion_tag("pages/leaving/places.html")
def leaving_places(lit: str) -> dict[str, Any]:
    """The strip of the pages about leaving, with the one of this key lit."""
    return {"places": PLACES, "lit": lit}

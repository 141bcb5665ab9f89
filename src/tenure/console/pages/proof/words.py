"""Standings, places and acts in words."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenure.content.models import Standing, Testimonial
from tenure.content.testimonials import MAIL, OPERATOR, PAGE, PUBLIC, SITE

PLACES_IN_WORDS: dict[str, str | Promise] = {MAIL: _("Mails"), SITE: _("The website")}
HOW: dict[str, str | Promise] = {
    PAGE: _("by themselves, on their page"),
    OPERATOR: _("noted by us"),
    PUBLIC: _("it stands in public"),
}


def standing_of(said: Testimonial) -> dict[str, Any]:
    """How it stands, in a word, with the tone of its badge."""
    if said.withdrawn_at is not None:
        return {"standing": _("Taken back"), "tone": "left"}
    if said.standing == Standing.WAITING:
        return {"standing": _("To be looked at"), "tone": "trial"}
    if said.standing == Standing.DECLINED:
        return {"standing": _("Declined"), "tone": "left"}
    if not said.scope:
        return {"standing": _("Approved, without consent"), "tone": "leaving"}
    return {"standing": _("May be shown"), "tone": "paying"}

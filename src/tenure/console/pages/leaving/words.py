"""Names of reasons, offers, screens and outcomes as the pages about leaving write them."""

import re
from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tenure.card.models import AccountCard
from tenure.offboard.models import Visit
from tenure.offers.book import offer_book
from tenure.reasons.taxonomy import taxonomy, words_in
from tenure.segments.definition import segments

_PLACE = re.compile(r"\{\{.*?\}\}")
OUTCOMES: dict[str, str | Promise] = {
    "": gettext_lazy("Under way"),
    "saved": gettext_lazy("Accepted an offer"),
    "canceled": gettext_lazy("Cancelled"),
    "abandoned": gettext_lazy("Went away"),
}
BILLING: dict[str, str | Promise] = {
    "": gettext_lazy("Nothing to change in billing"),
    "done": gettext_lazy("Done in billing"),
    "pending": gettext_lazy("Waiting for billing"),
    "refused": gettext_lazy("Billing refused it"),
    "unsure": gettext_lazy("Unsure whether billing did it"),
}
# One tone for each way that a visit can end, as the rest of the console has them.
TONES = {"saved": "paying", "canceled": "left", "abandoned": "trial", "": "free"}


def reason_titles() -> dict[str, str]:
    """By code, in the reader's language."""
    language = get_language() or "en"
    return {each.code: words_in(each.title, language) for each in taxonomy().reasons}


def answer_titles(reason: str) -> dict[str, str]:
    """By code: the answers to the follow-up of a reason, and what may do the job now."""
    language, known = get_language() or "en", taxonomy()
    follow_up = known.reason(reason).follow_up
    options = follow_up.options if follow_up else ()
    return {each.code: words_in(each.title, language) for each in (*options, *known.next_jobs)}


def offer_titles() -> dict[str, str]:
    """By name, of the book in force; what differs from account to account is left open."""
    language = get_language() or "en"
    return {
        each.name: _PLACE.sub("…", words_in(each.title, language)) for each in offer_book().offers
    }


def account_names(account_ids: Iterable[str]) -> dict[str, str]:
    """By account; who has no card is left out."""
    cards = AccountCard.objects.filter(pk__in=set(account_ids))
    return {card.pk: str(card) for card in cards.only("account_id", "name", "domain")}


def group_titles(by: str) -> dict[str, str]:
    """What the groups of a column are called, where not by their own names."""
    if by == "reason":
        return reason_titles()
    if by in ("offer", "took"):
        return offer_titles()
    if by in ("segment", "stage"):
        named = {each.name: str(each.title) for each in segments()}
        return named | {name.removeprefix("stage_"): title for name, title in named.items()}
    return {}


def found_words(word: str) -> str:
    """What a check of a save found, in words."""
    return {
        "due": _("Not asked yet"),
        "gone": _("Gone"),
        "leaving": _("About to leave"),
        "here": _("There and paying"),
        "resting": _("There, without paying for now"),
        "unpaid": _("There, but no payment came"),
    }.get(word, word)


def outcome_words(visit: Visit) -> str:
    """How it ended: what was decided, and whether they came back."""
    if visit.outcome == "abandoned" and visit.decision == "stayed":
        return _("Stayed without an offer")
    if visit.outcome == "canceled" and visit.decision == "accepted":
        return _("Cancelled after accepting")
    return str(OUTCOMES.get(visit.outcome, visit.outcome))

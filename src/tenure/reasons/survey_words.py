"""What the survey says, in the language of whoever reads it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext as _

from tenure.base.errors import TenureError
from tenure.reasons.models import Survey
from tenure.reasons.survey_questions import (
    FOLLOW_UP,
    KEPT,
    NEXT_JOB,
    NO,
    STOPPED,
    TALK,
    WANTED,
    YES,
    Answer,
    Known,
    reason_of,
    reasons_to_choose,
)
from tenure.reasons.surveys import LinkExpired, usual_reasons
from tenure.reasons.taxonomy_parts import Taxonomy, words_in


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is put: options by code, and what the free text is for."""

    question: str
    title: str
    options: tuple[tuple[str, str], ...]
    text_label: str  # empty: no free text
    is_long: bool  # several lines
    told: str  # what they told us before, where the question follows from it
    place: int
    of: int  # at most


def asked_of(  # noqa: PLR0913
    question: str, *, known: Known, given: Sequence[Answer], reasons: Taxonomy, seed: str,
    place: tuple[int, int], language: str, company: str,
) -> Asked:  # fmt: skip
    """The question in the language that is active."""
    title, options, text_label, told = "", (), "", ""
    if question == WANTED:
        title = _("What did you want to reach with %(company)s?") % {"company": company}
        text_label = _("In your own words")
    elif question == STOPPED:
        title = _("What stopped you?")
        options = tuple(
            (each.code, words_in(each.sentence, language))
            for each in reasons_to_choose(reasons, seed, usual_reasons())
        )
        text_label = _("In your own words, if you like")
    elif question == FOLLOW_UP:
        reason = reason_of(known, given, reasons)
        if reason is not None and reason.follow_up is not None:
            title = words_in(reason.follow_up.question, language)
            told = words_in(reason.sentence, language) if known.reason == reason.code else ""
            options = tuple(
                (each.code, words_in(each.title, language)) for each in reason.follow_up.options
            )
    elif question == NEXT_JOB:
        title = _("What will do the job now?")
        options = tuple((each.code, words_in(each.title, language)) for each in reasons.next_jobs)
        text_label = _("Its name, if you like")
    elif question == KEPT:
        title = _("What would have kept you?")
        text_label = _("In your own words")
    elif question == TALK:
        title = _("May we talk with you about it?")
        options = ((YES, _("Yes")), (NO, _("No")))
        text_label = _("How and when we reach you, if yes")
    is_long = question in (WANTED, STOPPED, KEPT)
    return Asked(question, title, options, text_label, is_long, told, *place)


def languages() -> list[tuple[str, str]]:
    """Code and own name of each language."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def language_of(request: HttpRequest, survey: Survey | None) -> str:
    """As chosen on the page, as they answered before, else as their browser reads."""
    accepted = [
        each.partition(";")[0].strip()
        for each in request.headers.get("accept-language", "")[:200].split(",")
    ]
    said = survey.language if survey is not None else ""
    for wanted in (request.GET.get("language", ""), said, *accepted):
        try:
            return get_supported_language_variant(wanted.lower())
        except LookupError:
            continue
    return "en"


def failed_words(error: TenureError) -> tuple[str, str]:
    """Title and text for a link that cannot be used."""
    if isinstance(error, LinkExpired):
        return (
            _("The time of this link is over"),
            _("Thank you for wanting to answer. Nothing else is needed from you."),
        )
    if error.status >= 500:
        return (
            _("This page cannot be shown at the moment"),
            _("The mistake is ours. Please try again in a moment."),
        )
    if error.status == 422:
        return (
            _("This could not be taken"),
            _("Open the link again, and what you said until then is there."),
        )
    return (
        _("This link is not valid"),
        _("Perhaps a piece of it is missing. Copy all of it from the message that you got."),
    )

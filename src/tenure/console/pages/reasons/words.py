"""Words of the pages about reasons: roots, sources, groups, strengths, and the pages' titles."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.console.pages.leaving.words import group_titles as leaving_groups
from tenure.reasons.inferring_sentences import STRENGTHS
from tenure.reasons.models import ReasonRecord
from tenure.reasons.recording import FOLLOWED_UP, INFERRED, STATED
from tenure.reasons.taxonomy import taxonomy, words_in
from tenure.reasons.taxonomy_parts import CIRCUMSTANCE, OTHER, OUTCOME

Words = str | Promise
SOURCES: dict[str, Words] = {
    INFERRED: gettext_lazy("What was seen"),
    STATED: gettext_lazy("What they said"),
    FOLLOWED_UP: gettext_lazy("What the follow-up found"),
}
ROOTS: dict[str, Words] = {
    OUTCOME: gettext_lazy("They did not reach the outcome"),
    CIRCUMSTANCE: gettext_lazy("Something happened to the customer"),
    OTHER: gettext_lazy("Something else"),
}
AVOIDABLE: dict[str, Words] = {
    "yes": gettext_lazy("Avoidable"),
    "partly": gettext_lazy("Partly avoidable"),
    "no": gettext_lazy("Not avoidable"),
}
BY: dict[str, Words] = {
    "plan": gettext_lazy("Plan"),
    "stage": gettext_lazy("Stage"),
    "segment": gettext_lazy("Segment"),
    "paid_for": gettext_lazy("Time as a payer"),
    "country": gettext_lazy("Country"),
    "industry": gettext_lazy("Industry"),
}
PAID_FOR: dict[str, Words] = {
    "3_months": gettext_lazy("Under 3 months"),
    "year": gettext_lazy("3 to 12 months"),
    "2_years": gettext_lazy("1 to 2 years"),
    "longer": gettext_lazy("Over 2 years"),
}
SAID: dict[str, Words] = {
    "contradicted": gettext_lazy("said one reason, and what was seen says another"),
    "same": gettext_lazy("said what was seen first"),
    "agrees": gettext_lazy("said what was seen as well"),
    "silent": gettext_lazy("said nothing"),
    "unexplained": gettext_lazy("nothing that was seen explains it"),
}


def job_titles() -> dict[str, str]:
    """Of what may do the job now."""
    language = get_language() or "en"
    return {each.code: words_in(each.title, language) for each in taxonomy().next_jobs}


def group_titles(by: str) -> Mapping[str, str]:
    """Of the groups of a column, where they have other names than their own."""
    if by == "paid_for":
        return {code: str(words) for code, words in PAID_FOR.items()}
    return leaving_groups(by)


def option_title(record: ReasonRecord) -> str:
    """The answer to a follow-up in words, else what was said."""
    language = get_language() or "en"
    for reason in taxonomy().reasons:
        option = reason.option(record.detail) if record.detail else None
        if option is not None:
            return words_in(option.title, language)
    return record.said


def strength(record: ReasonRecord) -> str:
    """How much the evidence of a conclusion tells."""
    if record.is_weak:
        return str(STRENGTHS["weak"])
    return str(STRENGTHS["strong" if (record.confidence or 0) >= 0.5 else "some"])


def money(by_currency: Mapping[str, int]) -> str:
    """Each currency by itself: they are never added."""
    parts = [written.money(minor, each) for each, minor in sorted(by_currency.items()) if minor]
    return " + ".join(parts)


def title_of(count: int, said: str, seen: str) -> str:
    """The answer: how many left, what they said most often, and what was seen most often."""
    if not count:
        return _("Nobody decided to leave in these months")
    began = ngettext("%(n)s decided to leave", "%(n)s decided to leave", count) % {
        "n": written.number(count)
    }
    if said and seen and said == seen:
        return _("%(began)s: “%(seen)s” is what they said most, and what was seen most") % {
            "began": began,
            "seen": seen,
        }
    if said and seen:
        return _(
            "%(began)s: most often they said “%(said)s”, and what was seen says “%(seen)s”"
        ) % {
            "began": began,
            "said": said,
            "seen": seen,
        }
    if seen:
        return _("%(began)s: nobody said why; what was seen most often says “%(seen)s”") % {
            "began": began,
            "seen": seen,
        }
    return began


def commonest(counts: Sequence[tuple[str, int]], words: Mapping[str, str]) -> str:
    """The title of the reason that counts most; those that name none are left out."""
    known = [(count, code) for code, count in counts if count and code != OTHER]
    if not known:
        return ""
    _count, code = max(known, key=lambda each: each[0])
    return words.get(code, code)

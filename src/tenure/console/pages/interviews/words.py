"""Words of the pages about exit interviews."""

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.console.pages.leaving.words import reason_titles
from tenure.reasons.models import Survey
from tenure.reasons.survey_questions import (
    DONE,
    FOLLOW_UP,
    KEPT,
    LONG,
    NEXT_JOB,
    NO,
    SHORT,
    SKIPPED,
    SLOW,
    STOPPED,
    STOPPED_BY_THEM,
    TALK,
    WANTED,
    YES,
    Answer,
    reason_of,
)
from tenure.reasons.survey_times import SurveyTimes
from tenure.reasons.surveys import answers_of, known_of
from tenure.reasons.taxonomy import taxonomy, words_in

Words = str | Promise
QUESTIONS: dict[str, Words] = {
    WANTED: gettext_lazy("What they wanted to reach"),
    STOPPED: gettext_lazy("What stopped them"),
    FOLLOW_UP: gettext_lazy("The follow-up to that"),
    NEXT_JOB: gettext_lazy("What does the job now"),
    KEPT: gettext_lazy("What would have kept them"),
    TALK: gettext_lazy("Whether we may talk"),
}
STANDINGS: dict[str, tuple[Words, str]] = {
    "waiting": (pgettext_lazy("a survey", "Not answered yet"), "free"),
    "begun": (pgettext_lazy("a survey", "Begun"), "trial"),
    "ended": (pgettext_lazy("a survey", "Answered"), "new"),
    "declined": (pgettext_lazy("a survey", "Do not ask again"), "contraction"),
    "expired": (pgettext_lazy("a survey", "Its time is over"), "free"),
    "noted": (pgettext_lazy("a talk", "Talked"), "expansion"),
}
ENDINGS: dict[str, Words] = {
    DONE: gettext_lazy("All was asked"),
    SKIPPED: gettext_lazy("They skipped a question"),
    SLOW: gettext_lazy("One question took over three minutes"),
    LONG: gettext_lazy("Four minutes were over"),
    SHORT: gettext_lazy("Their answers grew short"),
    STOPPED_BY_THEM: gettext_lazy("They ended it"),
}


def headline(told: SurveyTimes, talks: int) -> str:
    """The title of the list: how many answered, and how long it took them."""
    if not told.answered and not talks:
        return _("Nobody who left was asked yet")
    first = ngettext("%(n)s survey answered", "%(n)s surveys answered", told.answered) % {
        "n": written.number(told.answered)
    }
    second = ngettext("%(n)s talk noted", "%(n)s talks noted", talks) % {"n": written.number(talks)}
    if told.median_seconds is None:
        return _("%(first)s, %(second)s") % {"first": first, "second": second}
    return _("%(first)s in %(time)s by the median, %(second)s") % {
        "first": first, "time": duration(told.median_seconds), "second": second,
    }  # fmt: skip


def duration(seconds: float | None) -> str:
    """`48 s`, `2 min 5 s`; a dash for none."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return _("%(s)s s") % {"s": written.number(whole)}
    return _("%(m)s min %(s)s s") % {
        "m": written.number(whole // 60),
        "s": written.number(whole % 60),
    }


def reason_words(code: str) -> str:
    """What a reason is called; empty for none."""
    return reason_titles().get(code, code) if code else ""


def next_job_words(code: str) -> str:
    """What does the job now, in words; empty for none."""
    job = taxonomy().next_job(code) if code else None
    return words_in(job.title, get_language() or "en") if job else code


def choice_words(survey: Survey, answer: Answer) -> str:
    """What was chosen, as they read it."""
    known, language = taxonomy(), get_language() or "en"
    if not answer.choice:
        return ""
    if answer.question == STOPPED:
        return words_in(known.reason(answer.choice).sentence, language)
    if answer.question == FOLLOW_UP:
        reason = reason_of(known_of(survey), answers_of(survey), known)
        option = reason.option(answer.choice) if reason else None
        return words_in(option.title, language) if option else answer.choice
    if answer.question == NEXT_JOB:
        return next_job_words(answer.choice)
    return {YES: _("Yes"), NO: _("No")}.get(answer.choice, answer.choice)

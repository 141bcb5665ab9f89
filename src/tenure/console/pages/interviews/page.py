"""Exit interviews: survey links and talks, what came of them, and how long the survey takes."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import TenureError
from tenure.base.home import Home
from tenure.console.pages.frame import page_reply
from tenure.console.pages.interviews import words
from tenure.console.pages.list_link import query_of
from tenure.console.pages.tasks.acting import by_of
from tenure.messages.configuration import console_url
from tenure.messages.open_signals import account_names
from tenure.reasons.interviews_listed import Listed, interviews_listed
from tenure.reasons.models import Interview, LeavingReview, SaidNo, Survey
from tenure.reasons.survey_mail import asking
from tenure.reasons.survey_times import survey_times
from tenure.reasons.surveys import address_of, make_survey, survey_named

ROWS, TO_ASK = 30, 8


@require_GET
def interviews_page(request: HttpRequest) -> HttpResponse:
    """The list; `?account=` of one account, `?mode=test` of tests."""
    home, now = settings.TENURE_HOME, system_clock()
    mode = "test" if request.GET.get("mode") == "test" else "live"
    account_id = request.GET.get("account", "").replace("\0", "")[:200]
    listed = interviews_listed(mode=mode, account_id=account_id)
    page = Paginator(listed, ROWS).get_page(request.GET.get("page", "1"))
    told = survey_times(mode)
    to_ask = list(_not_asked()[:TO_ASK]) if mode == "live" and not account_id else []
    names = account_names(
        [each.account_id for each in page] + [each.account_id for each in to_ask] + [account_id]
    )
    context: dict[str, Any] = {
        "rows": [_row(each, names, now) for each in page],
        "page": page,
        "mode": mode,
        "account_id": account_id,
        "account_name": names.get(account_id, ""),
        "query": query_of({"mode": mode, "account": account_id}, {"mode": "live"}),
        "times": told,
        "time": words.duration(told.median_seconds),
        "questions": [
            (words.QUESTIONS[each.question], each, words.duration(each.median_seconds))
            for each in told.questions
            if each.asked
        ],
        "endings": [
            (words.ENDINGS.get(because, because), count) for because, count in told.ended.items()
        ],
        "to_ask": [(names[each.account_id], each) for each in to_ask],
        "mail": asking(home),
    }
    talks = sum(each.kind == "talk" for each in listed)
    return page_reply(request, "interviews", words.headline(told, talks), context, place="leaving")


@require_POST
def make_link(request: HttpRequest) -> HttpResponse:
    """Make the link of an account and a person, and show it."""
    form, now = request.POST, system_clock()
    try:
        survey = make_survey(
            form.get("account", "").replace("\0", "").strip(),
            person_id=form.get("person", "").replace("\0", "").strip(),
            mode="test" if form.get("mode") == "test" else "live",
            now=now,
            by=by_of(request),
        )
    except TenureError as error:
        messages.error(request, error.message)
        return redirect(reverse("interviews"))
    return redirect(reverse("survey-answers", args=[survey.public_id]))


@require_GET
def survey_answers(request: HttpRequest, public_id: str) -> HttpResponse:
    """One survey: its link while it can be answered, and what was said. Raises NotFound."""
    home: Home = settings.TENURE_HOME
    survey = survey_named(public_id)
    listed = next(
        each
        for each in interviews_listed(mode=survey.mode, account_id=survey.account_id)
        if each.survey is not None and each.survey.pk == survey.pk
    )
    names = account_names([survey.account_id])
    context = {
        **_row(listed, names, system_clock()),
        "survey": survey,
        "link": "" if survey.ended_at else address_of(survey, console_url(home)),
        "ending": words.ENDINGS.get(survey.ended_because, ""),
        "answers": [
            {
                "title": words.QUESTIONS.get(each.question, each.question),
                "one": each,
                "choice": words.choice_words(survey, each.as_answer()),
                "time": words.duration(each.seconds),
            }
            for each in listed.answers
        ],
    }
    title = _("Exit survey: %(name)s") % {"name": names[survey.account_id]}
    return page_reply(request, "interviews/survey", title, context, place="leaving")


def _row(each: Listed, names: dict[str, str], now: datetime) -> dict[str, Any]:
    standing = each.standing_on(now)
    title, tone = words.STANDINGS[standing]
    return {
        "each": each,
        "name": names[each.account_id],
        "standing": title,
        "tone": tone,
        "answered": sum(not one.is_skipped for one in each.answers),
        "time": words.duration(each.seconds),
        "reason": words.reason_words(each.reason),
    }


def _not_asked() -> QuerySet[LeavingReview]:
    """Leavings that stand and nobody asked about, the latest first. Whoever was sent the mail was
    asked, whether or not an answer came; a link alone asks nobody.
    """
    surveys = Survey.objects.filter(mode="live")
    asked = surveys.exclude(mailed_at=None, answered_at=None, declined_at=None).values("account_id")
    talked = Interview.objects.filter(mode="live").values("account_id")
    refused = SaidNo.objects.values("account_id")
    found = LeavingReview.objects.filter(withdrawn_at=None, returned_on=None)
    return found.exclude(
        Q(account_id__in=asked) | Q(account_id__in=talked) | Q(account_id__in=refused)
    ).order_by("-decided_at")

"""The sheet for a talk with somebody who left, printable, beside the form for its notes."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.console.pages.frame import page_reply
from tenure.console.pages.interviews import words
from tenure.console.pages.leaving.words import reason_titles
from tenure.console.pages.tasks.acting import by_of, day_in
from tenure.lake.reading import company_day
from tenure.messages.open_signals import account_names
from tenure.reasons.interview_sheet import sheet_of
from tenure.reasons.interviews import (
    TalkNoted,
    change_interview,
    interview_of,
    note_interview,
    noted_of,
)
from tenure.reasons.interviews_listed import sheet_context
from tenure.reasons.models import Interview
from tenure.reasons.taxonomy import taxonomy, words_in

TEXTS = ("interviewer", "spoke_with", "notes", "next_job", "rival")
FIELDS = (*TEXTS, "spoke_on", "minutes", "quotes", "consents_to_notes", "consents_to_quotes",
          "may_contact", "reason")  # fmt: skip
YES, NO = "yes", "no"


@require_http_methods(["GET", "HEAD", "POST"])
def interview_sheet(request: HttpRequest, account_id: str) -> HttpResponse:
    """What to know and what to ask; a post keeps the notes of the talk. Raises NotFound."""
    home, now = settings.TENURE_HOME, system_clock()
    if request.method != "POST":
        values = {"interviewer": by_of(request), "spoke_on": company_day(home, now).isoformat()}
        return _page(request, account_id, values, {})
    values = {name: request.POST.get(name, "") for name in FIELDS}
    try:
        talk = note_interview(home, account_id, _noted(request.POST), now=now, by=by_of(request))
    except InvalidInput as error:
        return _page(request, account_id, values, {_field(error): error.message})
    messages.success(request, _("The talk is noted."))
    return redirect(reverse("talk", args=[talk.key]))


@require_http_methods(["GET", "HEAD", "POST"])
def talk_page(request: HttpRequest, key: str) -> HttpResponse:
    """One talk, its notes and the form to mend them. Raises NotFound."""
    talk, errors = interview_of(key), {}
    values = _held(talk)
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in FIELDS}
        try:
            change_interview(
                settings.TENURE_HOME, talk, _noted(request.POST), now=system_clock(),
                by=by_of(request),
            )  # fmt: skip
        except InvalidInput as error:
            errors = {_field(error): error.message}
        else:
            messages.success(request, _("Noted."))
            return redirect(reverse("talk", args=[key]))
    names = account_names([talk.account_id])
    context: dict[str, Any] = {
        "talk": talk,
        "name": names[talk.account_id],
        "reason": words.reason_words(talk.code),
        "next_job": words.next_job_words(talk.next_job),
        **_form(values, errors),
    }
    title = _("Talk with %(name)s") % {"name": names[talk.account_id]}
    status = 422 if errors else 200
    return page_reply(request, "interviews/talk", title, context, place="leaving", status=status)


def _page(
    request: HttpRequest, account_id: str, values: dict[str, str], errors: dict[str, str]
) -> HttpResponse:
    home: Home = settings.TENURE_HOME
    prepared = sheet_of(home, account_id, system_clock())
    context = {
        **sheet_context(prepared, ZoneInfo(home.company.time_zone)),
        **_form(values, errors),
        "action": reverse("interview-sheet", args=[prepared.account_id]),
    }
    title = _("Exit interview: %(name)s") % {"name": prepared.name}
    status = 422 if errors else 200
    return page_reply(request, "interviews/sheet", title, context, place="leaving", status=status)


def _form(values: dict[str, str], errors: dict[str, str]) -> dict[str, Any]:
    language, known, named = get_language() or "en", taxonomy(), reason_titles()
    reasons = []
    for each in known.reasons:
        reasons.append((each.code, named[each.code]))
        for option in each.follow_up.options if each.follow_up else ():
            title = f"{named[each.code]}: {words_in(option.title, language)}"
            reasons.append((f"{each.code}/{option.code}", title))
    return {
        "values": values,
        "errors": errors,
        "reasons": reasons,
        "next_jobs": [(each.code, words_in(each.title, language)) for each in known.next_jobs],
    }


def _noted(form: QueryDict) -> TalkNoted:
    """What the form says. Raises InvalidInput."""
    code, _slash, detail = form.get("reason", "").partition("/")
    spoke_on = day_in(form, "spoke_on")
    if spoke_on is None:
        raise InvalidInput(_("Say on which day you talked."), field="spoke_on")
    minutes = form.get("minutes", "").strip()
    if minutes and not (minutes.isdecimal() and len(minutes) < 5):
        raise InvalidInput(_("Write the minutes as a number."), field="minutes")
    contact = {YES: True, NO: False}.get(form.get("may_contact", ""))
    return TalkNoted(
        spoke_on=spoke_on,
        **{name: form.get(name, "").replace("\r\n", "\n") for name in TEXTS},
        minutes=int(minutes) if minutes else None,
        quotes=[line for line in form.get("quotes", "").splitlines() if line.strip()],
        consents_to_notes=form.get("consents_to_notes") == YES,
        consents_to_quotes=form.get("consents_to_quotes") == YES,
        may_contact=contact,
        code=code,
        detail=detail,
    )


def _held(talk: Interview) -> dict[str, str]:
    noted = noted_of(talk)
    values = {name: str(getattr(noted, name)) for name in TEXTS}
    contact = {True: YES, False: NO}.get(noted.may_contact) if noted.may_contact is not None else ""
    return {
        **values,
        "spoke_on": _day(noted.spoke_on),
        "minutes": str(noted.minutes or ""),
        "quotes": "\n".join(noted.quotes),
        "consents_to_notes": YES if noted.consents_to_notes else "",
        "consents_to_quotes": YES if noted.consents_to_quotes else "",
        "may_contact": contact or "",
        "reason": f"{noted.code}/{noted.detail}" if noted.detail else noted.code,
    }


def _day(day: date) -> str:
    return day.isoformat()


def _field(error: InvalidInput) -> str:
    """The field of the form that stands for a field of the talk."""
    name = error.field or "notes"
    return {"code": "reason", "detail": "reason", "quote": "quotes"}.get(name, name)

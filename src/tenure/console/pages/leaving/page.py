"""Leaving: what the cancel flow kept, what difference it made, and every visit behind it."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.home import Home
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving import figures as told
from tenure.console.pages.leaving.choose import (
    NOT_SAID,
    SLICED,
    STEPS,
    Choice,
    chosen,
    last_and_before,
    read_choice,
)
from tenure.console.pages.leaving.kept import Kept, kept_figures
from tenure.console.pages.leaving.owed import commitments_due
from tenure.console.pages.leaving.slices import sliced
from tenure.console.pages.leaving.surviving import surviving
from tenure.console.pages.leaving.words import (
    TONES,
    account_names,
    group_titles,
    offer_titles,
    outcome_words,
    reason_titles,
)
from tenure.offboard.models import CancelKey, Visit
from tenure.offboard.report_parts import HOLD_OUT

VISITS_SHOWN = 50
LOOK_AGAIN_S = 3


@require_GET
def leaving_page(request: HttpRequest) -> HttpResponse:
    """The figures of the days in the link, and the visits that fit the rest of it."""
    home: Home = settings.TENURE_HOME
    choice, now = read_choice(request.GET), system_clock()
    _last, before_on = last_and_before(choice, home, now)
    if choice.first_on is not None and choice.first_on >= before_on:
        choice = Choice(last_on=choice.last_on)
    if not Visit.objects.exists():
        context = {
            "has_none": True,
            "has_key": CancelKey.objects.filter(revoked_at=None).exists(),
        }
        return page_reply(request, "leaving", _("Nobody has come to the way out yet"), context)
    kept = kept_figures(home, choice.first_on, before_on, now=now)
    context = {
        "choice": choice,
        "kept": kept,
        "counted": written.instant(kept.figures.counted_at, home.company.time_zone)
        if kept.figures
        else "",
        "commitments": commitments_due(),
        **_told(home, kept, choice, before_on),
        **_visits(choice, before_on, home),
        **_filters(choice),
    }
    title = _title(kept, choice)
    reply = page_reply(request, "leaving", title, context, has_charts=kept.figures is not None)
    if kept.figures is None:
        reply.headers["Refresh"] = str(LOOK_AGAIN_S)
    return reply


def _title(kept: Kept, choice: Choice) -> str:
    if kept.figures is None:
        return _("The visits are being counted")
    return told.title_of(kept.figures, is_all_time=not choice.has_days)


def _told(home: Home, kept: Kept, choice: Choice, before_on: date) -> dict[str, Any]:
    """All that is counted; nothing while it is being counted for the first time."""
    figures = kept.figures
    if figures is None:
        return {}
    due, due_count = told.checks_due(choice.first_on, before_on)
    return {
        "days": told.first_day(home, figures.report),
        "funnel": told.funnel(figures, choice),
        "claims": told.claims_of(figures.report),
        "alarm": told.alarm_of(figures.report),
        "notes": figures.report.notes,
        "offers": told.offers_of(figures, choice),
        "slices": sliced(figures, choice),
        "standing": told.save_standing(figures, choice),
        "survival": surviving(figures, choice),
        "due": due,
        "due_count": due_count,
        "due_query": choice.only(due=1),
        "money": [
            {"sum": each, "query": choice.only(currency=each.currency)} for each in figures.money
        ],
        "rates": told.rates_of(figures.report),
    }


def _visits(choice: Choice, before_on: date, home: Home) -> dict[str, Any]:
    """One page of the list."""
    found = chosen(choice, before_on, home.company.time_zone).defer("steps", "considered")
    page = Paginator(found, VISITS_SHOWN).get_page(choice.page)
    visits = list(page)
    names = account_names(each.account_id for each in visits)
    reasons, offers = reason_titles(), offer_titles()
    return {
        "page": page,
        "rows": [
            {
                "visit": each,
                "account": names.get(each.account_id, each.account_id),
                "reason": reasons.get(each.reason, each.reason),
                "offer": offers.get(each.offer, each.offer),
                "outcome": outcome_words(each),
                "tone": TONES.get(each.outcome, "free"),
                "is_held_out": each.arm == HOLD_OUT,
            }
            for each in visits
        ],
        "previous": choice.query(page=page.number - 1) if page.has_previous() else None,
        "next_page": choice.query(page=page.number + 1) if page.has_next() else None,
    }


def _filters(choice: Choice) -> dict[str, Any]:
    return {
        "steps": [(value, words) for value, (words, _filter) in STEPS.items()],
        "reason_choices": list(reason_titles().items()),
        "offer_choices": list(offer_titles().items()),
        "not_said": NOT_SAID,
        "kept_slices": [
            (name, value, group_titles(name).get(value, value))
            for name, value in choice.slices.items()
        ],
        "bare": choice.query(
            step="", reason="", offer="", mode="live", page=1, **dict.fromkeys(SLICED, "")
        ),
    }

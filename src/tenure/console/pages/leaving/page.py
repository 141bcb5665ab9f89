"""Leaving: what the cancel flow kept, what difference it made, and every visit behind it."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.home import Home
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving import figures
from tenure.console.pages.leaving.choose import NOT_SAID, STEPS, Choice, chosen, read_choice
from tenure.console.pages.leaving.words import (
    TONES,
    account_names,
    offer_titles,
    outcome_words,
    reason_titles,
)
from tenure.lake.reading import company_day
from tenure.offboard.models import CancelKey, Visit
from tenure.offboard.report import report
from tenure.offboard.report_parts import HOLD_OUT

VISITS_SHOWN = 50


@require_GET
def leaving_page(request: HttpRequest) -> HttpResponse:
    """The figures of the days in the link, and the visits that fit the rest of it."""
    home: Home = settings.TENURE_HOME
    choice, now = read_choice(request.GET), system_clock()
    before_on = (choice.last_on or company_day(home, now)) + timedelta(days=1)
    if choice.first_on is not None and choice.first_on >= before_on:
        choice = Choice(last_on=choice.last_on)
    told = report(home, choice.first_on, before_on, now=now, by=("offer", "reason"))
    over = figures.over_of(choice.first_on, before_on)
    saves = figures.saves_of(choice.first_on, before_on)
    context: dict[str, Any] = {
        "choice": choice,
        "days": figures.first_day(home, told),
        "has_none": not told.counts.visits and not Visit.objects.exists(),
        "has_key": CancelKey.objects.filter(revoked_at=None).exists(),
        "funnel": figures.funnel(told, over, choice),
        "claims": figures.claims_of(told),
        "alarm": figures.alarm_of(told),
        "notes": told.notes,
        "offers": figures.offers_of(told, over, choice),
        "reasons": figures.reasons_of(told, choice),
        "standing": figures.save_standing(saves),
        "due": figures.checks_due(choice.first_on, before_on),
        "commitments": figures.commitments_due(),
        "money": figures.money_of(saves),
        "rates": figures.rates_of(told),
        **_visits(choice, before_on, home),
        **_filters(),
    }
    title = figures.title_of(told, over, is_all_time=not (choice.first_on or choice.last_on))
    return page_reply(request, "leaving", title, context)


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


def _filters() -> dict[str, Any]:
    return {
        "steps": [(value, words) for value, (words, _filter) in STEPS.items()],
        "reason_choices": list(reason_titles().items()),
        "offer_choices": list(offer_titles().items()),
        "not_said": NOT_SAID,
    }

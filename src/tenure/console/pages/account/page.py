"""Account: who it is, what it pays and paid, its people, what happened, what it uses."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput, NotFound
from tenure.card.card_of import account_card, read_as_of
from tenure.card.models import AccountCard, Status
from tenure.card.people import AccountPeople, account_people
from tenure.console import format as written
from tenure.console.charts.feature_use import feature_use_chart
from tenure.console.charts.mrr_steps import Step, mrr_steps_chart
from tenure.console.pages.account.card_panel import card_panel
from tenure.console.pages.account.history import periods_shown
from tenure.console.pages.account.leaving import account_leaving
from tenure.console.pages.account.open_work import (
    account_signals,
    account_stays,
    account_tasks,
)
from tenure.console.pages.account.subscription import terms
from tenure.console.pages.account.timeline import timeline_page
from tenure.console.pages.account.use import use_cells, use_table
from tenure.console.pages.account.way_out import account_way_out
from tenure.console.pages.frame import is_part, page_reply
from tenure.console.pages.tasks.acting import act_context
from tenure.kit.sql_file import load
from tenure.lake.reading import company_day, reading
from tenure.measure.movements import Movement, movements

SIGNALS, CARD = "account-signals", "account-card"  # parts of the page that come alone
LONG_AGO = date(1900, 1, 1)
SHOWN = {
    "name",
    "domain",
    "createdAt",
    "created_at",
    "plan",
    "required_outcome",
}  # in a place of their own


@require_GET
def account(request: HttpRequest, account_id: str) -> HttpResponse:
    """The page, or only the part of it that is asked for again: the signals, or the card."""
    card, now = card_of(account_id), system_clock()
    home = settings.TENURE_HOME
    today = company_day(home, now)
    currency = card.currency or home.company.currency
    context: dict[str, Any] = {
        "card": card,
        "currency": currency,
        "account_id": account_id,
        "here": request.get_full_path(),
        "act_target": SIGNALS,
        **act_context(now),
    }
    if not is_part(request, CARD):
        context["signals"] = account_signals(account_id, request.user, now, today)
    if is_part(request, SIGNALS):
        return render(request, "pages/account/signals.html", {**context, "is_part": True})
    context |= _cards(account_id, currency, request.GET.get("as_of", ""), now)
    if is_part(request, CARD):
        return render(request, "pages/account/card.html", context)
    context |= _history(account_id, currency, now, today)
    context |= {
        "terms": terms(context["values"], currency),
        "tasks": account_tasks(account_id, request.user, today),
        "stays": account_stays(account_id),
        "leaving": account_leaving(account_id),
        "way_out": account_way_out(account_id, now, home.company.time_zone),
        "traits": [
            (name, trait_words(card.traits[name]))
            for name in sorted(card.traits)
            if name not in SHOWN
        ],
    }
    title = sentence(card, currency, now)
    return page_reply(request, "account", title, context, place="accounts", has_charts=True)


def _cards(account_id: str, currency: str, as_of: str, now: datetime) -> dict[str, Any]:
    """The card of now, or as a link asks for the one of a day, beside that of now."""
    home = settings.TENURE_HOME
    held = account_card(home, account_id, now=now)
    panel, problem = None, ""
    if as_of:
        try:
            known_at = read_as_of(home, as_of)
            past = account_card(home, account_id, now=now, as_of=known_at)
            panel = card_panel(past, currency, held)
        except InvalidInput:
            problem = _("Write a day that has been, as 2026-03-31.")
        except NotFound:
            problem = _("Nothing was known of this account on that day.")
    return {
        "values": held.values,
        "panel": panel or card_panel(held, currency),
        "as_of": as_of[:10],
        "as_of_problem": problem,
        "today": held.today,
    }


def _history(account_id: str, currency: str, now: datetime, today: date) -> dict[str, Any]:
    """What it held and paid, its people, what it uses: from the lake."""
    home = settings.TENURE_HOME
    with reading(home, threads=1, fresh=True) as reader:
        moved = movements(
            reader, first_on=LONG_AGO, before_on=_tomorrow(today), account_id=account_id
        )
        rows = reader.rows(load("tenure.console", "account_period"), account_id=account_id)
        cells = use_cells(reader, account_id, today)
        people = account_people(reader, account_id, now=now, time_zone=home.company.time_zone)
    use_months, use_rows = use_table(cells)
    steps = mrr_steps([one for one in moved if one.currency == currency])
    periods = periods_shown(rows, today)
    return {
        "steps": mrr_steps_chart(steps, currency, today) if steps else None,
        "moved": sorted(moved, key=lambda one: one.moved_on, reverse=True),
        "periods": periods,
        "held": [one for one in periods if one.is_current],
        "people": [one for one in people.members if one.until_at is None],
        "unknown_visitors": people.unknown_visitors,
        "use": feature_use_chart(cells) if cells else None,
        "use_months": use_months,
        "use_rows": use_rows,
    }


@require_GET
def account_timeline(request: HttpRequest) -> HttpResponse:
    """Further entries of the timeline; without script a page of its own."""
    card, now = card_of(request.GET.get("account", "")), system_clock()
    home = settings.TENURE_HOME
    with reading(home, threads=1, fresh=True) as reader:
        people = account_people(reader, card.account_id, now=now, time_zone=home.company.time_zone)
        timeline = timeline_page(
            reader, card.account_id, request.GET.get("before", ""), now, _names(people)
        )
    context = {"timeline": timeline, "account_id": card.account_id, "card": card}
    if is_part(request, "timeline-more"):
        return render(request, "pages/account/timeline.html", context)
    title = _("What happened at %(account)s") % {"account": str(card)}
    return page_reply(request, "account/timeline_page", title, context, place="accounts")


def card_of(account_id: str) -> AccountCard:
    try:
        return AccountCard.objects.get(account_id=account_id)
    except AccountCard.DoesNotExist:
        raise NotFound(
            _("There is no account with the id “%(id)s”. It may have been merged or forgotten.")
            % {"id": account_id}
        ) from None


def trait_words(value: object) -> str:
    """A trait as people write it: yes and no, a list of words, JSON for what has parts."""
    if value is None or value == "":
        return written.MISSING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value) or written.MISSING
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def mrr_steps(moved: Sequence[Movement]) -> list[Step]:
    """What was paid from each day on; the days in order."""
    ordered = sorted(moved, key=lambda one: one.moved_on)
    return [Step(one.moved_on, one.mrr_after_minor) for one in ordered]


def sentence(card: AccountCard, currency: str, now: datetime) -> str:
    """The page's title: what there is to know of this account in one sentence."""
    zone = settings.TENURE_HOME.company.time_zone
    values = {
        "name": str(card),
        "mrr": written.money(card.mrr_minor, currency),
        "plan": card.plan,
        "since": written.month(card.paying_since_on),
        "ends": written.day(card.ends_on),
        "notice": written.day(card.notice_at, zone),
        "left": written.day(card.left_on),
        "seen": written.ago(card.last_seen_at, now),
    }
    match card.status:
        case Status.LEAVING if card.ends_on:
            text = _("%(name)s leaves on %(ends)s: notice was given on %(notice)s")
        case Status.LEAVING:
            text = _("%(name)s is leaving: notice was given on %(notice)s")
        case Status.LEFT:
            text = _("%(name)s left on %(left)s")
        case Status.TRIAL:
            text = _("%(name)s is on trial, last seen %(seen)s")
        case Status.PAYING if card.plan and card.paying_since_on:
            text = _("%(name)s pays %(mrr)s a month for %(plan)s and has paid since %(since)s")
        case Status.PAYING:
            text = _("%(name)s pays %(mrr)s a month")
        case _ if card.last_seen_at:
            text = _("%(name)s has never paid, last seen %(seen)s")
        case _:
            text = _("%(name)s has never paid")
    return text % values


def _names(people: AccountPeople) -> dict[str, str]:
    return {one.person_id: one.name or one.email or one.person_id for one in people.members}


def _tomorrow(today: date) -> date:
    return date.fromordinal(today.toordinal() + 1)

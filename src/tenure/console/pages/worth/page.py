"""Worth saving: who deserves effort now, in the order in which to take them up."""

from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.words import account_names, reason_titles
from tenure.console.pages.worth.choose import STATES, Choice, read_choice
from tenure.reasons.models import WorthVerdict
from tenure.reasons.review_models import Occasion, Rung, Worth
from tenure.reasons.worth_file import WorthRules
from tenure.reasons.worth_listed import (
    Capacity,
    WorthSums,
    capacity,
    chosen_cases,
    this_week,
    worth_sums,
)
from tenure.reasons.worth_rules import worth_rules
from tenure.reasons.worth_sentences import CLOSED

ROWS_SHOWN = 50
TONES = {
    "yes": "paying", "not_ours": "free", "gone": "left", "wants_else": "leaving",
    "too_small": "free",
}  # fmt: skip


@require_GET
def worth_page(request: HttpRequest) -> HttpResponse:
    """The cases of the link; which of them fit into the week."""
    choice, rules = read_choice(request.GET), worth_rules()
    free, sums = capacity(rules), worth_sums()
    found = chosen_cases(choice.asked).select_related("owner").prefetch_related("rungs")
    page = Paginator(found, ROWS_SHOWN).get_page(choice.page)
    context: dict[str, Any] = {
        "choice": choice.asked,
        "is_narrowed": choice.is_narrowed,
        "has_none": not WorthVerdict.objects.exists(),
        "states": [
            (words, choice.query(state=key, page=1), key) for key, words in STATES.items()
        ],
        "verdicts": [
            (label, sums.by_code.get(code, 0), Choice().query(verdict=code))
            for code, label in Worth.choices
        ],
        "verdict_choices": Worth.choices,
        "occasion_choices": Occasion.choices,
        "reason_choices": reason_titles().items(),
        "capacity": capacity_words(free),
        "margins": [
            written.money(minor, currency) for currency, minor in sums.margin_minor.items()
        ],
        "said_no": sums.said_no,
        "page": page,
        "rows": _rows(list(page), rules),
        "cleared": Choice(replace(choice.asked, code="", occasion="", reason="",
                                  account_id="")).query(),
        "previous": choice.query(page=page.number - 1) if page.has_previous() else None,
        "next_page": choice.query(page=page.number + 1) if page.has_next() else None,
    }  # fmt: skip
    return page_reply(request, "worth", title_of(sums, free), context, place="leaving")


def title_of(sums: WorthSums, free: Capacity) -> str:
    """The page's answer in a sentence."""
    worth_it = sums.by_code.get(Worth.YES, 0)
    if not worth_it:
        return _("No account asks for effort now")
    fit = min(free.free, worth_it)
    return ngettext(
        "%(worth_it)s account is worth saving; %(fit)s fits into this week",
        "%(worth_it)s accounts are worth saving; %(fit)s fit into this week",
        worth_it,
    ) % {"worth_it": written.number(worth_it), "fit": written.number(fit)}


def capacity_words(free: Capacity) -> str:
    """How many cases fit into a week, and why so many."""
    return _(
        "%(hours)s hours a week at %(each)s hours each: %(cases)s accounts; "
        "under way: %(under_way)s."
    ) % {
        "hours": _hours(free.hours_a_week),
        "each": _hours(free.hours_a_case),
        "cases": written.number(free.a_week),
        "under_way": written.number(free.under_way),
    }


def _hours(hours: float) -> str:
    return written.number(hours, 0 if hours == round(hours) else 1)


def chance_words(case: WorthVerdict) -> str:
    """The share of similar cases that came back or stayed, with its interval, or that it cannot be
    told."""
    ground = next((each for each in case.grounds if each.get("what") == "chance"), None)
    if ground is None:
        return _("cannot be told (%(of)s similar)") % {"of": written.number(case.chance_of)}
    return _("%(part)s of %(of)s (%(low)s–%(high)s)") % {
        "part": written.number(ground["part"]),
        "of": written.number(ground["of"]),
        "low": written.share(ground["low"], 0),
        "high": written.share(ground["high"], 0),
    }


def _rows(cases: list[WorthVerdict], rules: WorthRules) -> list[dict[str, Any]]:
    names = account_names(each.account_id for each in cases)
    reasons = reason_titles()
    now_due = set(this_week(rules))
    return [
        {
            "case": each,
            "account": names.get(each.account_id, each.account_id),
            "reason": reasons.get(each.reason, each.reason),
            "verdict": Worth(each.held_code).label,
            "tone": TONES.get(each.held_code, "free"),
            "chance": chance_words(each),
            "is_this_week": each.pk in now_due,
            "rung": rung_words(each),
            "closed": CLOSED.get(each.closed_because, ""),
        }
        for each in cases
    ]


def rung_words(case: WorthVerdict) -> str:
    """Where its ladder stands; empty where none was begun."""
    rungs = sorted(case.rungs.all(), key=lambda each: each.pk)
    if not rungs:
        return ""
    last = rungs[-1]
    label = str(Rung(last.rung).label)
    return f"{label}: {last.get_outcome_display()}" if last.outcome else label

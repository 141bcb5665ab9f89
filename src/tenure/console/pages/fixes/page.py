"""Fixes: what was shipped so that nobody leaves twice for the same thing, and what came of it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.console.download import csv_reply
from tenure.console.pages.fixes import words
from tenure.console.pages.frame import page_reply
from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes import Effect
from tenure.reasons.fixes_asked import fixes_told
from tenure.reasons.fixes_listed import LIST, fix_row


@require_GET
def fixes_page(request: HttpRequest) -> HttpResponse:
    """Every fix, the latest first."""
    told = fixes_told(settings.TENURE_HOME, system_clock())
    context = {"rows": [_row(fix, effect) for fix, effect in told]}
    return page_reply(request, "fixes", words.headline(told), context, place="leaving")


@require_GET
def fixes_csv(request: HttpRequest) -> HttpResponse:
    """The list with exact figures."""
    rows = [fix_row(*each) for each in fixes_told(settings.TENURE_HOME, system_clock())]
    return csv_reply(request, "fixes.csv", LIST, ([row[name] for name in LIST] for row in rows))


def _row(fix: Fix, effect: Effect) -> dict[str, Any]:
    title, tone = words.STANDINGS[fix.standing]
    adoption = effect.adoption
    share = adoption.concerned if adoption.concerned.of else adoption.all
    return {
        "fix": fix,
        "answers": words.answers(fix),
        "standing": title,
        "tone": tone,
        "told": effect,
        "verdict": words.verdict(effect),
        "stuck": words.stuck_verdict(effect.stuck) if effect.stuck else "",
        "using": share if adoption.is_seen and fix.shipped_on else None,
    }

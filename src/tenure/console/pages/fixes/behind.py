"""The leavings behind a figure of a fix: before, after, or in one month."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.console import format as written
from tenure.console.pages.fixes import words
from tenure.console.pages.frame import page_reply
from tenure.console.pages.list_link import read_day
from tenure.messages.open_signals import account_names
from tenure.reasons.fixes import Effect
from tenure.reasons.fixes_asked import effect_now
from tenure.reasons.fixes_at_risk import NEVER, RiskSpan
from tenure.reasons.fixes_recorded import fix_of

ROWS = 100


@require_GET
def fix_behind(request: HttpRequest, key: str) -> HttpResponse:
    """Who left for it in that time. Raises NotFound."""
    fix = fix_of(key)
    effect = effect_now(settings.TENURE_HOME, fix, system_clock())
    first_on, before_on = _span(request, effect)
    found = [
        each for each in effect.leavings if each.left_on and first_on <= each.left_on < before_on
    ]
    page = Paginator(found, ROWS).get_page(request.GET.get("page", "1"))
    names = account_names([each.account_id for each in page])
    context: dict[str, Any] = {
        "fix": fix,
        "first_on": first_on if first_on != date.min else None,
        "last_on": before_on - timedelta(days=1) if before_on != NEVER else None,
        "rows": [
            {
                "one": each,
                "name": names[each.account_id],
                "how": words.HOW.get(each.how, each.how),
                "used": _used(each, effect),
            }
            for each in page
        ],
        "page": page,
        "query": f"from={first_on}&before={before_on}",
    }
    title = ngettext("%(n)s account left for it", "%(n)s accounts left for it", len(found)) % {
        "n": written.number(len(found))
    }
    return page_reply(request, "fixes/behind", title, context, place="leaving")


def _span(request: HttpRequest, effect: Effect) -> tuple[date, date]:
    """The days of the link; `time` names one of the two that are compared."""
    window, time = effect.window, request.GET.get("time", "")
    if window is not None and time == "before":
        return window.first_on, window.shipped_on
    if window is not None and time == "after":
        return window.shipped_on, window.before_on
    return _day(request, "from", date.min), _day(request, "before", NEVER)


def _day(request: HttpRequest, name: str, default: date) -> date:
    return read_day(request.GET.get(name, "")) or default


def _used(span: RiskSpan, effect: Effect) -> str:
    since_on = effect.uses.get(span.account_id)
    if since_on is None or span.left_on is None or since_on > span.left_on:
        return ""
    return _("since %(day)s") % {"day": written.day(since_on)}

"""One fix: leavings before and after, adoption, who left for it, and whom to tell."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput
from tenure.console import format as written
from tenure.console.charts.fix_months import FixBar, fix_months_chart
from tenure.console.charts.theme import Spec
from tenure.console.download import csv_reply
from tenure.console.pages.fixes import words
from tenure.console.pages.frame import page_reply
from tenure.console.pages.tasks.acting import by_of, day_in
from tenure.messages.open_signals import account_names
from tenure.reasons.fixes import Effect
from tenure.reasons.fixes_asked import FixTold, fix_told
from tenure.reasons.fixes_listed import HERE, LEFT, here_row, left_row
from tenure.reasons.fixes_recorded import fix_of, record_changes, ship_fix, withdraw_fix
from tenure.reasons.fixes_telling import tell_tasks

ROWS = 20


@require_GET
def fix_page(request: HttpRequest, key: str) -> HttpResponse:
    """All that is known of one fix. Raises NotFound."""
    told = fix_told(settings.TENURE_HOME, fix_of(key), system_clock())
    fix, effect = told.fix, told.effect
    left = Paginator(told.left, ROWS).get_page(request.GET.get("left", "1"))
    here = Paginator(told.here, ROWS).get_page(request.GET.get("here", "1"))
    names = account_names([each.account_id for each in (*left, *here)])
    title, tone = words.STANDINGS[fix.standing]
    context: dict[str, Any] = {
        "fix": fix,
        "told": effect,
        "answers": words.answers(fix),
        "standing": title,
        "tone": tone,
        "verdict": words.verdict(effect),
        "stuck": _stuck(effect),
        "times": _times(effect),
        "split": _split(told),
        "chart": _chart(told, key),
        "months": _bars(told, key),
        "cohorts": effect.cohorts,
        "left_page": left,
        "left": [
            {
                "one": each,
                "name": names[each.account_id],
                "how": words.HOW.get(each.how, each.how),
                "mended": words.MENDED[told.mended.get(each.account_id, "left_since")],
            }
            for each in left
        ],
        "here_page": here,
        "here": [
            {
                "one": each,
                "name": names[each.account_id],
                "how": words.HOW.get(each.how, each.how),
            }
            for each in here
        ],
        "counts": {"left": len(told.left), "here": len(told.here)},
    }
    return page_reply(
        request, "fixes/one", fix.title, context, place="leaving", has_charts=bool(effect.months)
    )


@require_POST
def act_on_fix(request: HttpRequest, key: str) -> HttpResponse:
    """Ship it, withdraw it, or open a task for each account that is to be told."""
    fix, now, by = fix_of(key), system_clock(), by_of(request)
    what = request.POST.get("what", "")
    try:
        if what == "tell":
            told = fix_told(settings.TENURE_HOME, fix, now)
            opened = tell_tasks(fix, told.here, now=now, by=by)
            messages.success(
                request,
                ngettext("%(n)s task opened.", "%(n)s tasks opened.", opened)
                % {"n": written.number(opened)},
            )
        else:
            _change(what, fix, day_in(request.POST, "on"), now, by)
            messages.success(request, _("Noted."))
    except InvalidInput as error:
        messages.error(request, error.message)
    return redirect(reverse("fix", args=[key]))


@require_GET
def left_csv(request: HttpRequest, key: str) -> HttpResponse:
    """Who left for it, all of them."""
    told = fix_told(settings.TENURE_HOME, fix_of(key), system_clock())
    rows = [left_row(each, told.mended.get(each.account_id, "left_since")) for each in told.left]
    return csv_reply(
        request, "left-for-it.csv", LEFT, ([row[name] for name in LEFT] for row in rows)
    )


@require_GET
def here_csv(request: HttpRequest, key: str) -> HttpResponse:
    """Whom to tell, all of them."""
    told = fix_told(settings.TENURE_HOME, fix_of(key), system_clock())
    rows = [here_row(each) for each in told.here]
    return csv_reply(request, "to-tell.csv", HERE, ([row[name] for name in HERE] for row in rows))


def _change(what: str, fix: Any, on: date | None, now: Any, by: str) -> None:
    if on is None:
        raise InvalidInput(_("Say on which day."), field="on")
    if what == "ship":
        ship_fix(fix, on, now=now, by=by)
    elif what == "withdraw":
        withdraw_fix(fix, on, now=now, by=by)
    else:
        raise InvalidInput(_("There is no such act."), field="what")
    record_changes(settings.TENURE_HOME, settings.DATABASE_URL, now)


def _times(effect: Effect) -> list[dict[str, Any]]:
    """Before and after, line by line."""
    if effect.window is None:
        return []
    return [
        {
            "title": title,
            "time": time,
            "rate": rate,
            "said": said,
            "rate_words": words.rate_words(rate)[0],
            "interval": words.rate_words(rate)[1],
            "first_on": first_on,
            "last_on": before_on - timedelta(days=1),
        }
        for title, time, rate, said, first_on, before_on in (
            (_("Before"), "before", effect.before, effect.said_before, effect.window.first_on,
             effect.window.shipped_on),
            (_("Since it shipped"), "after", effect.after, effect.said_after,
             effect.window.shipped_on, effect.window.before_on),
        )
    ]  # fmt: skip


def _split(told: FixTold) -> list[tuple[str, Any, tuple[str, str]]]:
    """After it shipped: those who use it, and those who do not; nothing where use is the step."""
    effect, fix = told.effect, told.fix
    is_named = bool(fix.adoption_feature or fix.adoption_event)
    if effect.window is None or not effect.adoption.is_seen or not is_named:
        return []
    return [
        (_("On days on which they used it"), effect.users, words.rate_words(effect.users)),
        (_("On days on which they did not"), effect.others, words.rate_words(effect.others)),
    ]


def _stuck(effect: Effect) -> dict[str, Any] | None:
    stuck = effect.stuck
    if stuck is None:
        return None
    return {"one": stuck, "words": words.stuck_verdict(stuck)}


def _bars(told: FixTold, key: str) -> list[FixBar]:
    link = reverse("fix-behind", args=[key])
    return [
        FixBar(
            each.first_on,
            each.before_on,
            each.is_after and told.fix.shipped_on is not None,
            each.tally.leavings,
            each.tally.account_months,
            f"{link}?from={each.first_on}&before={each.before_on}",
        )
        for each in told.effect.months
    ]


def _chart(told: FixTold, key: str) -> Spec | None:
    """The chart; none where nobody left, which a sentence says better."""
    bars = _bars(told, key)
    return fix_months_chart(bars) if any(bar.leavings for bar in bars) else None

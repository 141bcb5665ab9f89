"""Signals: an inbox of what needs someone; their owner, snooze and outcome are their tasks'."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.ids import digest
from tenure.console import format as written
from tenure.console.pages.frame import is_part, page_reply
from tenure.console.pages.signals.choose import (
    OWNERS,
    PERIODS,
    STATES,
    Choice,
    Counts,
    by_account,
    chosen,
    counts,
    mrr_at_stake,
    read_choice,
    urgent_first,
)
from tenure.console.pages.signals.rows import Group, groups_of, kind_icon, kinds_in_order, rows_of
from tenure.console.pages.signals.title import inbox_title
from tenure.console.pages.tasks.acting import act_context, owners
from tenure.lake.manifest import read_manifest
from tenure.segments.definition import segments
from tenure.segments.vocabulary import ACCOUNT
from tenure.signals import sentences
from tenure.signals.models import Signal
from tenure.tasks.choose_tasks import today_of
from tenure.tasks.models import TaskChange

INBOX = "inbox"
ACCOUNTS_SHOWN = 30
SIGNALS_SHOWN = 4  # of one account, beside others
SIGNALS_OF_ONE = 50  # when one account is chosen
STATE_WORDS = {
    "open": gettext_lazy("Open"),
    "snoozed": gettext_lazy("Snoozed"),
    "done": gettext_lazy("Done"),
    "resolved": gettext_lazy("Resolved by itself"),
    "all": gettext_lazy("All"),
}
KEYS = [
    ("j k", gettext_lazy("Move along the signals")),
    ("t", gettext_lazy("Take the signal")),
    ("s", gettext_lazy("Put it off")),
    ("a", gettext_lazy("Give it to somebody")),
    ("e", gettext_lazy("Close it with what came of it")),
]


@require_GET
def signals_page(request: HttpRequest) -> HttpResponse:
    """The inbox; for a page that looks again whether there is news, only its list, or nothing."""
    choice, now = read_choice(request.GET), system_clock()
    today = today_of(now, settings.TENURE_HOME.company.time_zone)
    seen = _stamp(now, today)
    if is_part(request, INBOX) and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    context = {"seen": seen, **_inbox(request, choice, now, today)}
    if is_part(request, INBOX):
        return render(request, "pages/signals/inbox.html", {**context, "is_part": True})
    context |= {
        "owners": _owners(),
        "segments": _segments(),
        "periods": [(days, _period_words(days)) for days in PERIODS],
        "has_none": not context["total"] and not Signal.objects.exists(),
        "page_keys": KEYS,
    }
    return page_reply(request, "signals", context["title"], context)


def _inbox(request: HttpRequest, choice: Choice, now: datetime, today: date) -> dict[str, Any]:
    """What the list shows, and the numbers beside it."""
    found = chosen(choice, request.user, now, today)
    told = counts(choice, request.user, now, today)
    groups, page = _groups(found, choice, request.user, today)
    total = told.by_state[choice.state] if choice.state != "all" else sum(told.by_state.values())
    leaving = found.filter(kind="cancel_intent").order_by().values("account_id").distinct().count()
    urgent = found.filter(urgency="now").count()
    return {
        "choice": choice,
        "title": inbox_title(choice, total, urgent, leaving),
        "total": total,
        "groups": groups,
        "page": page,
        "previous": choice.query(page=page.number - 1) if page.has_previous() else None,
        "next_page": choice.query(page=page.number + 1) if page.has_next() else None,
        "summary": _summary(found, total),
        "here": _path(request, choice),
        "query": choice.query(),
        "account_name": groups[0].name if choice.account and groups else choice.account,
        "without_account": choice.query(account="", page=1),
        "act_target": INBOX,
        **_chips(choice, told),
        **act_context(now),
    }


def _groups(
    found: QuerySet[Signal], choice: Choice, user: Any, today: date
) -> tuple[list[Group], Page]:
    """Those of a page of accounts, or a page of those of one account."""
    if choice.account:
        page = Paginator(urgent_first(found), SIGNALS_OF_ONE).get_page(choice.page)
        groups = groups_of([choice.account]) if page.paginator.count else {}
        for group in groups.values():
            group.rows = rows_of(list(page), user, today)
        return list(groups.values()), page
    accounts = by_account(found, is_urgent_first=choice.state in ("open", "snoozed", "all"))
    page = Paginator(accounts, ACCOUNTS_SHOWN).get_page(choice.page)
    listed = [each["account_id"] for each in page]
    groups = groups_of(listed)
    kept: list[Signal] = []
    told = Counter[str]()
    for signal in urgent_first(found.filter(account_id__in=listed)):
        told[signal.account_id] += 1
        if told[signal.account_id] <= SIGNALS_SHOWN:
            kept.append(signal)
    for row in rows_of(kept, user, today):
        groups[row.signal.account_id].rows.append(row)
    for id, group in groups.items():
        group.more = max(0, told[id] - SIGNALS_SHOWN)
    return list(groups.values()), page


def _chips(choice: Choice, told: Counts) -> dict[str, Any]:
    """Kinds, urgencies and states, each with its link and how many that opens."""
    kinds = kinds_in_order({*told.by_kind, *filter(None, [choice.kind])})
    return {
        "kinds": [
            (
                kind,
                sentences.kind_name(kind),
                kind_icon(kind),
                told.by_kind.get(kind, 0),
                choice.query(kind=kind, page=1),
            )
            for kind in kinds
        ],
        "all_kinds": (sum(told.by_kind.values()), choice.query(kind="", page=1)),
        "urgencies": [
            (key, words, told.by_urgency.get(key, 0), choice.query(urgency=key, page=1))
            for key, words in sentences.URGENCY_NAMES.items()
        ],
        "all_urgencies": (sum(told.by_urgency.values()), choice.query(urgency="", page=1)),
        "states": [
            (
                key,
                STATE_WORDS[key],
                told.by_state.get(key, sum(told.by_state.values())),
                choice.query(state=key, page=1),
            )
            for key in STATES
        ],
    }


def _summary(found: QuerySet[Signal], total: int) -> str:
    """`62 signals · 45 accounts · €12,345 MRR`."""
    accounts = found.order_by().aggregate(n=Count("account_id", distinct=True))["n"]
    parts = [
        ngettext("%(n)s signal", "%(n)s signals", total) % {"n": written.number(total)},
        ngettext("%(n)s account", "%(n)s accounts", accounts) % {"n": written.number(accounts)},
    ]
    default = settings.TENURE_HOME.company.currency
    amounts = [written.money(sum, code or default) for code, sum in mrr_at_stake(found)[:3]]
    if amounts:
        parts.append(_("%(amounts)s MRR") % {"amounts": " + ".join(amounts)})
    return " · ".join(parts)


def _stamp(now: datetime, today: date) -> str:
    """What changes when the list may: signals, their tasks, cards, the day; and every ten minutes,
    for it says how long ago things were.
    """
    last = Signal.objects.aggregate(
        n=Count("id"), id=Max("id"), at=Max("last_evidence_at"), end=Max("resolved_at")
    )
    changed = TaskChange.objects.aggregate(id=Max("id"))["id"]
    manifest = read_manifest(settings.TENURE_HOME)
    parts: Iterable[object] = (
        *last.values(),
        changed,
        manifest.number if manifest else 0,
        today,
        int(now.timestamp()) // 600,
    )
    return digest(*map(str, parts))[:16]


def _path(request: HttpRequest, choice: Choice) -> str:
    query = choice.query()
    return f"{request.path}?{query}" if query else request.path


def _owners() -> list[tuple[str, str]]:
    named = [user.get_username() for user in owners()]
    return [
        ("me", _("Mine")),
        ("nobody", _("Without an owner")),
        *((name, name) for name in named if name not in OWNERS and len(named) > 1),
    ]


def _segments() -> list[tuple[str, str]]:
    return [(each.name, str(each.title)) for each in segments() if each.over == ACCOUNT]


def _period_words(days: int) -> str:
    if days == 1:
        return _("Last 24 hours")
    return ngettext("Last %(n)s day", "Last %(n)s days", days) % {"n": days}

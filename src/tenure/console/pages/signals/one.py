"""One signal: what shows it, what to do, the rule that raised it, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.errors import NotFound
from tenure.card.timeline import place_of
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.signals.rows import groups_of, rows_of
from tenure.console.pages.signals.rule_words import rule_of
from tenure.console.pages.tasks.acting import act_context
from tenure.console.templatetags.tasks import change_words
from tenure.messages.open_signals import people_names, people_of
from tenure.signals import sentences
from tenure.signals.models import Signal
from tenure.signals.rules import rules_in_force
from tenure.tasks.choose_tasks import today_of

EARLIER_SHOWN = 20
ID_MAX = 2**63


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of evidence, and where the account's timeline tells the same."""

    sentence: str
    href: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something that became of the signal."""

    at: datetime
    words: str


@require_GET
def signal_page(request: HttpRequest, signal_id: int) -> HttpResponse:
    """Raises NotFound for a signal that there is not."""
    found = Signal.objects.select_related("task__owner").filter(pk=signal_id)
    signal = found.first() if signal_id < ID_MAX else None
    if signal is None:
        raise NotFound(
            _("There is no signal %(id)s. It may have been of an account that was forgotten.")
            % {"id": signal_id}
        )
    now = system_clock()
    today = today_of(now, settings.TENURE_HOME.company.time_zone)
    [row], group = rows_of([signal], request.user, today), groups_of([signal.account_id])
    title = f"{group[signal.account_id].name}: {row.title}"
    context = {
        "row": row,
        "signal": signal,
        "group": group[signal.account_id],
        "shown": _evidence(signal),
        "rule": rule_of(signal, rules_in_force()),
        "steps": _steps(signal),
        "resolved": sentences.resolved_sentence(signal),
        "others": _others(signal, request.user, today),
        "next": request.GET.get("next", "") or request.path,
        "act_target": "",
        **_task(signal),
        **act_context(now),
    }
    return page_reply(request, "signals/one", title, context, place="signals")


def _task(signal: Signal) -> dict[str, Any]:
    task = signal.task
    items = task.checklist if task else []
    return {"task": task, "items": [{**item, "index": n} for n, item in enumerate(items)]}


def _evidence(signal: Signal) -> list[Shown]:
    """Every piece, what reads the same once, with the day of the timeline that holds it."""
    names = people_names(people_of(signal))
    zone = settings.TENURE_HOME.company.time_zone
    told = sentences.evidence_sentences(
        signal, name_of=lambda id: names.get(id, id), time_zone=zone
    )
    shown: dict[str, Shown] = {}
    for sentence, piece in zip(told, signal.evidence, strict=True):
        shown.setdefault(sentence, Shown(sentence, _timeline_link(signal, piece, zone)))
    return list(shown.values())


def _timeline_link(signal: Signal, piece: dict[str, Any], zone: str) -> str:
    """The account's timeline from the end of that day on; of another account where it tells so."""
    if not piece.get("at"):
        return ""
    day = datetime.fromisoformat(piece["at"]).astimezone(ZoneInfo(zone))
    after = (day + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    account_id = piece.get("account_id") or signal.account_id
    query = {"account": account_id, "before": place_of(after)}
    return f"{reverse('timeline')}?{urlencode(query)}"


def _steps(signal: Signal) -> list[Step]:
    """What became of it, the latest first: raised, joined by evidence, worked on, ended."""
    steps = [Step(signal.raised_at, _("Raised"))]
    if signal.last_evidence_at > signal.raised_at:
        steps.append(Step(signal.last_evidence_at, _("More evidence came")))
    if signal.resolved_at is not None:
        steps.append(Step(signal.resolved_at, sentences.resolved_sentence(signal)))
    if signal.task is not None:
        for change in signal.task.changes.order_by("number"):
            words = f"{change.made_by}: {change_words(change)}"
            steps.append(Step(change.made_at, words))
    return sorted(steps, key=lambda step: step.at, reverse=True)


def _others(signal: Signal, user: Any, today: date) -> dict[str, Any]:
    """What else was raised of the same account, the latest first."""
    others = Signal.objects.filter(account_id=signal.account_id).exclude(pk=signal.pk)
    latest = list(others.select_related("task__owner").order_by("-happened_at", "-id"))
    return {
        "rows": rows_of(latest[:EARLIER_SHOWN], user, today),
        "count": written.number(len(latest)),
        "more": max(0, len(latest) - EARLIER_SHOWN),
    }

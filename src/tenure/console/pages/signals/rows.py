"""Signals as lists show them: in words, with who has them and until when, by account."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings

from tenure.card.models import AccountCard
from tenure.console import format as written
from tenure.messages.open_signals import account_names, evidence_of, people_names, people_of
from tenure.segments.built_in import STAGES
from tenure.signals import sentences
from tenure.signals.models import Signal
from tenure.signals.telling import BY
from tenure.tasks.models import Task

ICONS = {
    "cancel_intent": "log-out",
    "near_limit": "gauge",
    "gone_quiet": "moon",
    "paid_feature_unused": "package",
    "stuck_at_step": "pause",
    "champion_left": "user-x",
    "person_at_new_company": "user",
    "payment_trouble": "credit-card",
    "hand_over": "users",
    "conversation_silence": "message-square",
    "account_acquired_or_closing": "building-2",
}
EVIDENCE_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One signal. `evidence` is what fits a list, `evidence_more` how many pieces there are beside.

    `outcome` is what came of it, or why it ended by itself; `state` is open, snoozed, done or
    resolved, as `choose.in_state` has it.
    """

    signal: Signal
    task: Task | None
    state: str
    title: str
    kind_name: str
    icon: str
    urgency_name: str
    evidence: list[str]
    evidence_more: int
    next_step: str
    owner: str
    is_mine: bool
    is_overdue: bool
    outcome: str


@dataclass(slots=True)
class Group:
    """The signals of one account; `more` of them are not shown."""

    account_id: str
    name: str
    card: AccountCard | None
    mrr: str
    stage: str
    rows: list[Row] = field(default_factory=list)
    more: int = 0


def rows_of(found: Sequence[Signal], me: Any, today: date) -> list[Row]:
    """One for each signal, in the same order; `me` is who looks."""
    names = people_names(each for signal in found for each in people_of(signal))
    return [_row(signal, names, me, today) for signal in found]


def groups_of(account_ids: Sequence[str]) -> dict[str, Group]:
    """A group without signals for each account, in the same order."""
    cards = {card.pk: card for card in AccountCard.objects.filter(pk__in=account_ids)}
    unknown = account_names(set(account_ids) - cards.keys())
    return {id: _group(id, cards.get(id), unknown.get(id, id)) for id in account_ids}


def kind_icon(kind: str) -> str:
    """The mark of a kind; that of the declared ones is the same for all."""
    return ICONS.get(kind, "activity")


def kinds_in_order(kinds: Iterable[str]) -> list[str]:
    """Tenure's own in the order in which they are explained, then the declared ones."""
    order = list(sentences.KIND_NAMES)
    return sorted(kinds, key=lambda each: (order.index(each) if each in order else 99, each))


def stage_words(stage: object) -> str:
    """A stage for people."""
    return str(STAGES[stage][0]) if stage in STAGES else str(stage or "")


def state_of(signal: Signal, today: date) -> str:
    """Which of open, snoozed, done and resolved the signal is."""
    task = signal.task
    if task is not None and not task.is_open:
        return "done" if task.closed_by != BY else "resolved"
    if signal.resolved_at is not None:
        return "resolved"
    is_asleep = task is not None and task.snoozed_until_on and task.snoozed_until_on > today
    return "snoozed" if is_asleep else "open"


def _group(id: str, card: AccountCard | None, name: str) -> Group:
    if card is None:
        return Group(id, name, None, written.MISSING, "")
    currency = card.currency or settings.TENURE_HOME.company.currency
    mrr = written.money(card.mrr_minor, currency) if card.mrr_minor else written.MISSING
    return Group(id, str(card), card, mrr, stage_words(card.values.get("stage")))


def _row(signal: Signal, names: dict[str, str], me: Any, today: date) -> Row:
    told = evidence_of(signal, names, settings.TENURE_HOME.company.time_zone)
    task = signal.task
    owner = task.owner if task else None
    state = state_of(signal, today)
    return Row(
        signal=signal,
        task=task,
        state=state,
        title=str(sentences.title(signal)),
        kind_name=sentences.kind_name(signal.kind),
        icon=kind_icon(signal.kind),
        urgency_name=str(sentences.URGENCY_NAMES.get(signal.urgency, signal.urgency)),
        # The latest evidence says most; it stands in the order in which it came.
        evidence=told[-EVIDENCE_SHOWN:],
        evidence_more=max(0, len(told) - EVIDENCE_SHOWN),
        next_step=sentences.next_sentence(signal),
        owner=owner.get_username() if owner else "",
        is_mine=owner is not None and owner.pk == me.pk,
        is_overdue=bool(state == "open" and task and task.due_on and task.due_on < today),
        outcome=_outcome(signal, state),
    )


def _outcome(signal: Signal, state: str) -> str:
    if state == "resolved" and signal.resolved_at is not None:
        return sentences.resolved_sentence(signal)
    is_closed = signal.task is not None and not signal.task.is_open
    return str(signal.task.get_outcome_display()) if is_closed else ""

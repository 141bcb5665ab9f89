"""What somebody has to do for an account: its signals, open and past, its tasks; its segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tenure.console.pages.signals.choose import Choice, chosen, urgent_first
from tenure.console.pages.signals.rows import Row, rows_of
from tenure.segments.definition import segments
from tenure.segments.history import segments_of
from tenure.signals.models import Signal
from tenure.tasks.choose_tasks import TaskChoice, chosen_tasks
from tenure.tasks.models import Task

OPEN_SHOWN, PAST_SHOWN, TASKS_SHOWN = 10, 20, 8


@dataclass(frozen=True, slots=True)
class AccountSignals:
    """The first of each, and how many there are of each."""

    open: list[Row]
    open_count: int
    past: list[Row]
    past_count: int


@dataclass(frozen=True, slots=True)
class AccountTasks:
    """Open tasks that no signal opened, and how many are open in all."""

    by_hand: Sequence[Task]
    count: int


@dataclass(frozen=True, slots=True)
class Stay:
    """A segment that it is in; `was_there` when Tenure first looked."""

    name: str
    title: str
    since: datetime
    was_there: bool


def account_signals(account_id: str, me: Any, now: datetime, today: date) -> AccountSignals:
    """Those that wait for somebody, and all others, the latest first."""
    is_open = chosen(Choice(account=account_id), me, now, today)
    of_all = Signal.objects.filter(account_id=account_id)
    past = of_all.exclude(pk__in=is_open.values("pk"))
    latest = past.select_related("task__owner").order_by("-happened_at", "-id")
    return AccountSignals(
        rows_of(list(urgent_first(is_open)[:OPEN_SHOWN]), me, today),
        is_open.count(),
        rows_of(list(latest[:PAST_SHOWN]), me, today),
        past.count(),
    )


def account_tasks(account_id: str, me: Any, today: date) -> AccountTasks:
    """The most urgent first."""
    found = chosen_tasks(TaskChoice("all", "open", account_id), me, today)
    by_hand = found.exclude(because__kind="signal")
    return AccountTasks(list(by_hand[:TASKS_SHOWN]), found.count())


def account_stays(account_id: str) -> list[Stay]:
    """The segments that it is in, the latest entry first."""
    titles = {each.name: str(each.title) for each in segments()}
    return [
        Stay(stay.segment, titles[stay.segment], stay.entered_at, stay.entered_because == "start")
        for stay in segments_of(account_id)
        if stay.segment in titles
    ]

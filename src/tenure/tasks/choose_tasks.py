"""Which tasks a list shows: whose, when due, about which account."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F, Q, QuerySet

from tenure.base.errors import NotFound
from tenure.tasks.models import Status, Task

WHOSE = ("mine", "all", "nobody")
WHEN = ("open", "overdue", "today", "week", "snoozed", "done")


@dataclass(frozen=True, slots=True)
class TaskChoice:
    """`whose` is one of WHOSE or a user's name; `when` one of WHEN; `account_id` empty: any."""

    whose: str = "mine"
    when: str = "open"
    account_id: str = ""


def today_of(now: datetime, time_zone: str) -> date:
    """The company's day."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def chosen_tasks(choice: TaskChoice, user: AbstractBaseUser | None, today: date) -> QuerySet[Task]:
    """The tasks, the most urgent first; done ones by when they were closed, the last first."""
    tasks = _of_whom(choice.whose, user).select_related("owner")
    if choice.account_id:
        tasks = tasks.filter(account_id=choice.account_id)
    tasks = tasks.filter(_when(choice.when, today))
    if choice.when == "done":
        return tasks.order_by(F("closed_at").desc(nulls_last=True), "-id")
    return tasks.order_by(F("due_on").asc(nulls_last=True), "id")


def count_by_when(choice: TaskChoice, user: AbstractBaseUser | None, today: date) -> dict[str, int]:
    """How many tasks each of WHEN would list, all else as chosen; done ones are not counted."""
    tasks = _of_whom(choice.whose, user)
    if choice.account_id:
        tasks = tasks.filter(account_id=choice.account_id)
    return {when: tasks.filter(_when(when, today)).count() for when in WHEN if when != "done"}


def task_of(task_id: int) -> Task:
    """The task with this number. Raises NotFound."""
    found = Task.objects.select_related("owner").filter(pk=task_id)
    # SQLite and PostgreSQL hold 64 bits.
    task = found.first() if task_id < 2**63 else None
    if task is None:
        raise NotFound(f"there is no task {task_id}")
    return task


def _of_whom(whose: str, user: AbstractBaseUser | None) -> QuerySet[Task]:
    if whose == "mine":
        return Task.objects.filter(owner_id=user.pk if user is not None else None)
    if whose == "nobody":
        return Task.objects.filter(owner=None)
    return Task.objects.all() if whose == "all" else Task.objects.filter(owner__username=whose)


def _when(when: str, today: date) -> Q:
    if when == "done":
        return ~Q(status=Status.OPEN) & ~Q(title="")
    asleep = Q(snoozed_until_on__gt=today)
    if when == "snoozed":
        return Q(status=Status.OPEN) & asleep
    awake = Q(status=Status.OPEN) & ~asleep
    if when == "overdue":
        return awake & Q(due_on__lt=today)
    if when == "today":
        return awake & Q(due_on=today)
    if when == "week":
        # To the end of next Sunday, which may be today.
        return awake & Q(due_on__gte=today, due_on__lte=today + timedelta(6 - today.weekday()))
    return awake

"""Tasks over the JSON API: list, open, assign, snooze, tick, close, reopen."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput
from tenure.tasks import work
from tenure.tasks.choose_tasks import WHEN, TaskChoice, chosen_tasks, task_of, today_of
from tenure.tasks.models import Task

router = Router(tags=["tasks"])
ROWS_MAX = 500
OFFSET_MAX = 1_000_000_000  # what a database counts to is not much more


class Item(Schema):
    text: str
    done_at: datetime | None = None
    done_by: str = ""


class TaskShown(Schema):
    id: int
    key: str | None
    title: str
    because: dict[str, Any]
    account_id: str
    person_id: str
    owner: str | None
    due_on: date | None
    snoozed_until_on: date | None
    checklist: list[Item]
    status: str
    outcome: str
    outcome_text: str
    created_at: datetime
    created_by: str
    closed_at: datetime | None
    closed_by: str

    @staticmethod
    def resolve_owner(task: Task) -> str | None:
        return task.owner.get_username() if task.owner else None


class Asked(Schema):
    whose: str = "all"
    when: str = "open"
    account_id: str = ""
    limit: int = 100
    offset: int = 0


class NewTask(Schema):
    title: str
    key: str | None = None
    account_id: str = ""
    person_id: str = ""
    owner: str | None = None
    due_on: date | None = None
    checklist: list[str] = []


class NewOwner(Schema):
    owner: str | None = None


class Snooze(Schema):
    until_on: date | None = None


class Tick(Schema):
    item: int
    done: bool = True


class Close(Schema):
    outcome: str
    text: str = ""


@router.get("/tasks", response=list[TaskShown])
def list_tasks(request: HttpRequest, asked: Query[Asked]) -> list[Task]:
    """The tasks that `whose` (mine, all, nobody or a user's name), `when` and `account_id` name."""
    if asked.when not in WHEN:
        raise InvalidInput(f"when: {asked.when!r} is none; use {', '.join(WHEN)}", field="when")
    if not 0 < asked.limit <= ROWS_MAX or not 0 <= asked.offset <= OFFSET_MAX:
        raise InvalidInput(f"limit: use 1 to {ROWS_MAX}, and an offset of 0 or more", field="limit")
    today = today_of(system_clock(), settings.TENURE_HOME.company.time_zone)
    choice = TaskChoice(asked.whose, asked.when, asked.account_id)
    user = request.user if request.user.is_authenticated else None
    if user is None and asked.whose == "mine":
        raise InvalidInput("whose: a token has no tasks; name a user, all or nobody", field="whose")
    return list(chosen_tasks(choice, user, today)[asked.offset : asked.offset + asked.limit])


@router.post("/tasks", response={201: TaskShown})
def open_task(request: HttpRequest, new: NewTask) -> Status[Task]:
    """Open a task. The same `key` again is answered with the task that there is."""
    task = work.open_task(
        key=new.key,
        title=new.title,
        because={"kind": "person"},
        account_id=new.account_id,
        person_id=new.person_id,
        owner=_user(new.owner),
        due_on=new.due_on,
        checklist=new.checklist,
        now=system_clock(),
        by=_by(request),
    )
    return Status(201, task)


@router.get("/tasks/{task_id}", response=TaskShown)
def show_task(request: HttpRequest, task_id: int) -> Task:
    """One task."""
    return task_of(task_id)


@router.post("/tasks/{task_id}/assign", response=TaskShown)
def assign_task(request: HttpRequest, task_id: int, new: NewOwner) -> Task:
    """Give the task an owner, or none."""
    owner = _user(new.owner)
    return work.assign(task_of(task_id), owner, now=system_clock(), by=_by(request))


@router.post("/tasks/{task_id}/snooze", response=TaskShown)
def snooze_task(request: HttpRequest, task_id: int, new: Snooze) -> Task:
    """Put the task out of sight until a day; without one it is back."""
    return work.snooze(task_of(task_id), new.until_on, now=system_clock(), by=_by(request))


@router.post("/tasks/{task_id}/tick", response=TaskShown)
def tick_task(request: HttpRequest, task_id: int, new: Tick) -> Task:
    """Tick an item of the checklist, counted from 0, or untick it."""
    return work.tick(task_of(task_id), new.item, new.done, now=system_clock(), by=_by(request))


@router.post("/tasks/{task_id}/close", response=TaskShown)
def close_task(request: HttpRequest, task_id: int, new: Close) -> Task:
    """Close the task with what came of it."""
    task = task_of(task_id)
    return work.close(task, new.outcome, new.text, now=system_clock(), by=_by(request))


@router.post("/tasks/{task_id}/reopen", response=TaskShown)
def reopen_task(request: HttpRequest, task_id: int) -> Task:
    """Open the task again."""
    return work.reopen(task_of(task_id), now=system_clock(), by=_by(request))


def _user(name: str | None) -> Any:
    if name is None:
        return None
    user = get_user_model().objects.filter(username=name, is_active=True).first()
    if user is None:
        raise InvalidInput(f"owner: nobody called {name!r} signs in to Tenure", field="owner")
    return user


def _by(request: HttpRequest) -> str:
    """Who asks: somebody signed in, or a token by its name."""
    if request.user.is_authenticated:
        return request.user.get_username()
    return str(getattr(request, "auth", None) or "api")

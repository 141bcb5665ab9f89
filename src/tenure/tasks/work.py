"""Every way to change a task. Each writes the change beside it, in one transaction.

Each change compares what the caller saw with what holds: of two people who close, assign or snooze
at once, the second is told what the first did instead of writing over it.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F

from tenure.base.errors import Conflict, InvalidInput, NotFound
from tenure.base.ids import digest, fresh_id
from tenure.tasks.models import DROPPING, Outcome, Status, Task, TaskChange

TITLE_CHARACTERS_MAX = 300
TEXT_CHARACTERS_MAX = 4000
CHECKLIST_ITEMS_MAX = 50
ID_CHARACTERS_MAX = 512  # as of what events name
_HALF_PAIR = re.compile("[\ud800-\udfff]")


@transaction.atomic
def open_task(
    *,
    title: str,
    because: dict[str, Any],
    now: datetime,
    by: str,
    key: str | None = None,
    account_id: str = "",
    person_id: str = "",
    owner: AbstractBaseUser | None = None,
    due_on: date | None = None,
    checklist: Sequence[str] = (),
) -> Task:
    """The open task. With a `key` that was used before, the task of then, as it is now; an empty
    one is none.

    Raises InvalidInput for a title or an item of the checklist that is empty or too long, and for
    a key or id that no database takes.
    """
    values = {
        "title": _line(title, "title"),
        "because": because,
        "account_id": _id(account_id, "account_id"),
        "person_id": _id(person_id, "person_id"),
        "owner": owner,
        "due_on": due_on,
        "checklist": _items(checklist),
        "created_at": now,
        "created_by": by,
    }
    if not key:
        task, is_new = Task.objects.create(**values), True
    else:
        task, is_new = Task.objects.get_or_create(key=_id(key, "key"), defaults=values)
    if is_new:
        properties = {"because": str(because.get("kind", "")), "due_on": _day(due_on)}
        _note(task, "Task Opened", now, by, properties)
        if owner is not None:
            _note(task, "Task Assigned", now, by, {"owner": owner.get_username()})
    return task


@transaction.atomic
def assign(task: Task, owner: AbstractBaseUser | None, *, now: datetime, by: str) -> Task:
    """The task with its new owner, or with none. Raises Conflict when another owner was set."""
    wanted = owner.pk if owner is not None else None
    if _change(task, {"owner_id": task.owner_id}, {"owner_id": wanted}):
        name = owner.get_username() if owner is not None else None
        _note(task, "Task Assigned", now, by, {"owner": name})
    return task


@transaction.atomic
def snooze(task: Task, until_on: date | None, *, now: datetime, by: str) -> Task:
    """The task, out of sight until that day; None brings it back. Raises Conflict as `assign`."""
    seen = {"snoozed_until_on": task.snoozed_until_on}
    if _change(task, seen, {"snoozed_until_on": until_on}):
        name = "Task Snoozed" if until_on else "Task Woken"
        _note(task, name, now, by, {"until_on": _day(until_on)})
    return task


@transaction.atomic
def put_off(task: Task, due_on: date | None, *, now: datetime, by: str) -> Task:
    """The task, due on another day or on none. Raises Conflict as `assign`."""
    if _change(task, {"due_on": task.due_on}, {"due_on": due_on}):
        _note(task, "Task Due Changed", now, by, {"due_on": _day(due_on)})
    return task


@transaction.atomic
def tick(task: Task, index: int, done: bool, *, now: datetime, by: str) -> Task:
    """The task with one item of its checklist done, or not. Others' items stay as they are.

    Raises NotFound for an item that there is not, Conflict when the task is closed.
    """
    current = Task.objects.select_for_update().get(pk=task.pk)
    if not current.is_open:
        raise _closed(current)
    if not 0 <= index < len(current.checklist):
        raise NotFound(f"the checklist has {len(current.checklist)} items, so none at {index}")
    items = [dict(item) for item in current.checklist]
    if bool(items[index].get("done_at")) != done:
        items[index]["done_at"] = now.isoformat() if done else None
        items[index]["done_by"] = by if done else ""
        Task.objects.filter(pk=task.pk).update(checklist=items)
        properties = {"item": index, "done": done, "left": sum(not i["done_at"] for i in items)}
        _note(task, "Task Item Ticked", now, by, properties)
    task.refresh_from_db()
    return task


@transaction.atomic
def close(task: Task, outcome: str, text: str = "", *, now: datetime, by: str) -> Task:
    """The task, done or dropped by its outcome. Closing it so again changes nothing.

    Raises InvalidInput for an outcome that there is not, Conflict when somebody else closed it
    with another one.
    """
    if outcome not in Outcome.values:
        raise InvalidInput(
            f"outcome: {outcome!r} is none; use one of {', '.join(Outcome.values)}", field="outcome"
        )
    text = _whole(text, "text").strip()
    if len(text) > TEXT_CHARACTERS_MAX:
        raise InvalidInput(
            f"text: {len(text)} characters are too long; use {TEXT_CHARACTERS_MAX} at most",
            field="text",
        )
    values = {
        "status": Status.DROPPED if outcome in DROPPING else Status.DONE,
        "outcome": outcome,
        "outcome_text": text,
        "closed_at": now,
        "closed_by": by,
    }
    if not Task.objects.filter(pk=task.pk, status=Status.OPEN).update(**values):
        current = _current(task)
        if current.outcome != outcome or current.outcome_text != text:
            raise _closed(current)
        task.refresh_from_db()
        return task
    days = (now - task.created_at).total_seconds() / 86_400
    _note(task, "Task Closed", now, by, {"outcome": outcome, "open_days": round(days, 3)})
    return task


@transaction.atomic
def reopen(task: Task, *, now: datetime, by: str) -> Task:
    """The task, open again; what came of it before stays in its history."""
    values = {
        "status": Status.OPEN,
        "outcome": "",
        "outcome_text": "",
        "closed_at": None,
        "closed_by": "",
        "snoozed_until_on": None,
    }
    if Task.objects.filter(pk=task.pk).exclude(status=Status.OPEN).update(**values):
        _note(task, "Task Reopened", now, by, {})
    else:
        task.refresh_from_db()
    return task


def _change(task: Task, seen: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Set `wanted` where the task is open and still as it was seen; False when it is so already."""
    if seen == wanted and Task.objects.filter(pk=task.pk, status=Status.OPEN, **seen).exists():
        return False
    if Task.objects.filter(pk=task.pk, status=Status.OPEN, **seen).update(**wanted):
        return True
    current = _current(task)
    if not current.is_open:
        raise _closed(current)
    if all(getattr(current, name) == value for name, value in wanted.items()):
        task.refresh_from_db()
        return False
    last = current.changes.order_by("-number").first()
    who = last.made_by if last else current.created_by
    raise Conflict(f"{who} has changed this task meanwhile; look at it again, then choose")


def _note(task: Task, name: str, now: datetime, by: str, properties: dict[str, Any]) -> None:
    """Write the change beside the task. Whoever updated the row first holds it until the end."""
    Task.objects.filter(pk=task.pk).update(changes_made=F("changes_made") + 1)
    task.refresh_from_db()
    # A key says the same of the same thing wherever it runs; a number alone would not.
    event_id = (
        f"task:{digest(task.key, str(task.changes_made))}" if task.key else fresh_id("task", 24)
    )
    TaskChange.objects.create(
        task=task,
        number=task.changes_made,
        name=name,
        made_at=now,
        made_by=by,
        properties=properties,
        event_id=event_id,
    )


def _current(task: Task) -> Task:
    current = Task.objects.filter(pk=task.pk).first()
    if current is None:
        raise NotFound("this task is not there any more")
    return current


def _closed(task: Task) -> Conflict:
    return Conflict(
        f"{task.closed_by} closed this task as {task.outcome!r} on {task.closed_at:%Y-%m-%d}; "
        "reopen it to change it"
    )


def _line(text: str, field: str) -> str:
    line = " ".join(_whole(text, field).split())
    if not line or len(line) > TITLE_CHARACTERS_MAX:
        raise InvalidInput(
            f"{field}: {line[:40]!r} has {len(line)} characters; write 1 to {TITLE_CHARACTERS_MAX}",
            field=field,
        )
    return line


def _id(text: str, field: str) -> str:
    """A key or id as it came: whoever asks for it by another spelling would not find it."""
    if len(text) > ID_CHARACTERS_MAX:
        raise InvalidInput(
            f"{field}: {len(text)} characters are too long; use {ID_CHARACTERS_MAX} at most",
            field=field,
        )
    if "\0" in text:
        raise InvalidInput(f"{field}: it holds a NUL character; take it out", field=field)
    return _whole(text, field)


def _whole(text: str, field: str) -> str:
    """The text without what PostgreSQL keeps nowhere. Half a surrogate pair is kept by none."""
    if _HALF_PAIR.search(text):
        raise InvalidInput(f"{field}: it holds half of a surrogate pair; take it out", field=field)
    return text.replace("\0", "")


def _items(texts: Sequence[str]) -> list[dict[str, Any]]:
    if len(texts) > CHECKLIST_ITEMS_MAX:
        raise InvalidInput(
            f"checklist: {len(texts)} items are too many; use {CHECKLIST_ITEMS_MAX} at most",
            field="checklist",
        )
    return [{"text": _line(t, "checklist"), "done_at": None, "done_by": ""} for t in texts]


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None

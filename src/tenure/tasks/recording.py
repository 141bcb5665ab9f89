"""Changes of tasks become events of type `task`, each once, so that outcomes can be measured."""

from datetime import datetime

import msgspec
from django.db import transaction

from tenure.base.home import Home
from tenure.lake.recording import record
from tenure.tasks.models import TaskChange

TYPE = "task"
ANONYMOUS = "anon:"
AT_ONCE = 500


def record_changes(home: Home, database_url: str, now: datetime) -> int:
    """How many waiting changes were put into the inbox.

    State and inbox are two stores. A kill between the two records the same events again, under the
    same ids, and shipping drops them.
    """
    waiting = TaskChange.objects.filter(recorded_at=None).select_related("task").order_by("id")
    recorded = 0
    while changes := list(waiting[:AT_ONCE]):
        record(home, database_url, [_event(change) for change in changes], now)
        with transaction.atomic():
            TaskChange.objects.filter(pk__in=[change.pk for change in changes]).update(
                recorded_at=now
            )
        recorded += len(changes)
    return recorded


def _event(change: TaskChange) -> dict[str, object]:
    task, person = change.task, change.task.person_id
    said = {"task": task.pk, "by": change.made_by, **change.properties}
    if "key" in task.because:
        said["because_key"] = task.because["key"]
    is_anonymous = person.startswith(ANONYMOUS)
    return {
        "message_id": change.event_id,
        "type": TYPE,
        "name": change.name,
        "occurred_at": change.made_at,
        "account_key": task.account_id or None,
        "user_id": None if is_anonymous else person or None,
        "anonymous_id": person.removeprefix(ANONYMOUS) if is_anonymous else None,
        "properties": msgspec.json.encode(said).decode(),
    }

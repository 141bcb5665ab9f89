"""What tasks say of somebody who is forgotten goes; the outcome of each stays, naming nobody."""

from collections.abc import Sequence

from django.db import transaction

from tenure.tasks.models import Outcome, Status, Task, TaskChange


@transaction.atomic
def forget_in_tasks(account_ids: Sequence[str], person_ids: Sequence[str]) -> int:
    """How many tasks were about one of these ids, and name nobody any more.

    Person ids are as in `Task.person_id`: an anonymous one begins with `anon:`. What was still
    open is dropped: nobody can work on it.
    """
    about = Task.objects.filter(account_id__in=account_ids) | Task.objects.filter(
        person_id__in=person_ids
    )
    ids = list(about.values_list("pk", flat=True))
    tasks = Task.objects.filter(pk__in=ids)
    tasks.filter(status=Status.OPEN).update(status=Status.DROPPED, outcome=Outcome.NOT_NEEDED)
    TaskChange.objects.filter(task__in=ids, recorded_at=None).delete()
    return tasks.update(
        key=None,
        title="",
        because={},
        account_id="",
        person_id="",
        checklist=[],
        outcome_text="",
    )

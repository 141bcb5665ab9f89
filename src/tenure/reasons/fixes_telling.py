"""Whoever had named it is told: a task for each account that does not use it yet, once."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes_lists import StillHere
from tenure.tasks.models import Task
from tenure.tasks.work import open_task

WITHIN = timedelta(days=14)
AT_MOST = 500  # at once: more is a mail, and no task


@transaction.atomic
def tell_tasks(fix: Fix, here: Iterable[StillHere], *, now: datetime, by: str) -> int:
    """How many tasks are new. Who uses it already, or was to be told before, gets none."""
    waiting = [each for each in here if each.uses_since_on is None][:AT_MOST]
    keys = {each.account_id: f"fix-told:{fix.key}:{each.account_id}" for each in waiting}
    held = set(Task.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    for each in waiting:
        if keys[each.account_id] in held:
            continue
        open_task(
            key=keys[each.account_id],
            title=f"Tell them: {fix.title}"[:300],
            because={"kind": "fix", "fix": fix.key, "text": each.words[:1000]},
            account_id=each.account_id,
            person_id=each.person_id,  # so that their words go when they are forgotten
            owner=fix.owner,
            due_on=(now + WITHIN).date(),
            now=now,
            by=by,
        )
    return len(waiting) - len(held)

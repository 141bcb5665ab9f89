"""Who reached a goal gets what was promised for it: somebody of ours gets a task, once.

History is not rewarded: a goal that was reached longer ago than `LATE` before it was noticed opens
no task, so that declaring a goal gives nobody a thousand tasks.
"""

import json
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from tenure.base.ids import digest
from tenure.content.lesson_file import PERSON, Goal
from tenure.content.models import GoalReached
from tenure.lake.recording import record
from tenure.tasks.work import TITLE_CHARACTERS_MAX, open_task

LATE = timedelta(days=7)
BY = "tenure"
REACHED = "Goal Reached"


def tell_reached(goal: Goal, now: datetime) -> int:
    """How many were told to the lake: `Goal Reached`, by which plays begin. Once each: the same
    again is the same event. History is not told either."""
    rows = GoalReached.objects.filter(
        goal=goal.name, over=goal.over, told_at=None, reached_at__gte=now - LATE
    )
    fresh = list(rows.order_by("pk"))
    record(settings.TENURE_HOME, settings.DATABASE_URL, [_event(each, goal) for each in fresh], now)
    GoalReached.objects.filter(pk__in=[each.pk for each in fresh]).update(told_at=now)
    return len(fresh)


def _event(row: GoalReached, goal: Goal) -> dict[str, object]:
    return {
        "message_id": digest("goal", row.goal, row.over, row.subject_id),
        "type": "system",
        "name": REACHED,
        "occurred_at": row.reached_at,
        "account_key": row.account_id or None,
        "user_id": row.subject_id if goal.over == PERSON else None,
        "properties": json.dumps({"goal": row.goal}),
    }


def reward(goal: Goal, today: date, now: datetime) -> int:
    """How many tasks were opened."""
    if not goal.reward_task:
        return 0
    waiting = GoalReached.objects.filter(
        goal=goal.name, over=goal.over, rewarded_at=None, reached_at__gte=now - LATE
    )
    opened = 0
    for row in waiting.order_by("pk"):
        with transaction.atomic():
            open_task(
                key=f"goal:{row.public_id}",
                title=goal.reward_task[:TITLE_CHARACTERS_MAX],
                because={"kind": "goal", "goal": goal.name},
                account_id=row.account_id,
                person_id=row.subject_id if goal.over == PERSON else "",
                due_on=today + timedelta(days=goal.reward_within_days),
                now=now,
                by=BY,
            )
            GoalReached.objects.filter(pk=row.pk).update(rewarded_at=now)
        opened += 1
    return opened

"""Each change of a task is one event in the lake, however often it was recorded; and forgetting."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tenure.base.home import Home
from tenure.lake.inbox import open_inbox
from tenure.lake.shipping import ship
from tenure.lake.tables import open_table
from tenure.tasks.forgetting import forget_in_tasks
from tenure.tasks.models import Task, TaskChange
from tenure.tasks.recording import record_changes
from tenure.tasks.work import close, open_task, snooze

pytestmark = pytest.mark.django_db
NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)


def opened(**more) -> Task:
    fields = {
        "title": "Call",
        "because": {"kind": "signal", "key": "s1"},
        "account_id": "acme",
        "now": NOON,
        "by": "tenure",
    }
    return open_task(**fields | more)


def shipped(home: Home, now: datetime) -> list[dict]:
    inbox = open_inbox(home)
    try:
        ship(home, inbox, {}, lambda batch, rows: None, now, wait_seconds=5)
    finally:
        inbox.close()
    rows = open_table(home, "event").to_pyarrow_table().to_pylist()
    return sorted(rows, key=lambda row: (row["occurred_at"], row["name"]))


def test_each_change_is_one_event_with_its_codes(home):
    task = opened(key="k", person_id="u_1", due_on=NOON.date())
    later = NOON + timedelta(hours=36)
    close(task, "reached", "They will stay", now=later, by="ann")
    assert record_changes(home, "", later) == 2
    assert record_changes(home, "", later) == 0

    first, second = shipped(home, later)
    assert [(row["type"], row["name"]) for row in (first, second)] == [
        ("task", "Task Opened"),
        ("task", "Task Closed"),
    ]
    assert (second["account_key"], second["user_id"], second["source"]) == ("acme", "u_1", "tenure")
    assert second["occurred_at"] == later
    assert json.loads(second["properties"]) == {
        "task": task.pk,
        "by": "ann",
        "because_key": "s1",
        "outcome": "reached",
        "open_days": 1.5,
    }


def test_recorded_and_killed_before_it_was_noted_is_still_one_event(home):
    opened(key="k")
    opened()
    record_changes(home, "", NOON)
    TaskChange.objects.update(recorded_at=None)
    record_changes(home, "", NOON)

    assert len(shipped(home, NOON)) == 2


def test_an_anonymous_person_is_one_in_the_event(home):
    opened(person_id="anon:a1")
    record_changes(home, "", NOON)

    [event] = shipped(home, NOON)
    assert (event["user_id"], event["anonymous_id"]) == (None, "a1")


def test_the_same_key_has_the_same_event_in_any_installation(home):
    opened(key="k")
    first = TaskChange.objects.get().event_id
    Task.objects.all().delete()
    opened(key="k")

    assert TaskChange.objects.get().event_id == first


def test_a_forgotten_account_or_person_leaves_an_outcome_and_no_name(home):
    secret = {
        "title": "Call Mia",
        "checklist": ["Ask Mia"],
        "because": {"kind": "person", "text": "Mia"},
    }
    closed = opened(key="signal:acme:1", **secret)
    close(closed, "left_anyway", "Mia was sad", now=NOON, by="ann")
    still_open = opened(account_id="", person_id="u_mia", **secret)
    snooze(still_open, NOON.date() + timedelta(days=1), now=NOON, by="ann")
    other = opened(account_id="other")

    assert forget_in_tasks(["acme"], ["u_mia"]) == 2

    kept = str(list(Task.objects.exclude(pk=other.pk).values())) + str(
        list(TaskChange.objects.exclude(task=other).values())
    )
    assert not [word for word in ("Mia", "acme", "u_mia") if word in kept]
    outcomes = Task.objects.order_by("pk").values_list("status", "outcome")
    assert list(outcomes) == [("done", "left_anyway"), ("dropped", "not_needed"), ("open", "")]
    assert Task.objects.get(pk=other.pk).title == "Call"

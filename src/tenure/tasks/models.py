"""What a person has to do, by when, what came of it; and each change, on its way to the lake."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


class Outcome(models.TextChoices):
    """What came of a task. docs/tasks.md says when to choose which."""

    HELPED = "helped", _("Helped")
    REACHED = "reached", _("Reached them")
    NO_ANSWER = "no_answer", _("No answer")
    NOT_NEEDED = "not_needed", _("Not needed")
    RESOLVED_ITSELF = "resolved_itself", _("Resolved itself")
    LEFT_ANYWAY = "left_anyway", _("Left anyway")
    OTHER = "other", _("Something else")


# After these nobody had to do anything: the task is dropped, not done.
DROPPING = frozenset({Outcome.NOT_NEEDED, Outcome.RESOLVED_ITSELF})


class Task(models.Model):
    """One thing to do. `key` is of whoever opened it, and opens it once."""

    key = models.TextField(unique=True, null=True)
    title = models.TextField()
    because = models.JSONField(default=dict)  # {"kind": "signal", "key": ...} | {"kind": "person"}
    account_id = models.TextField(default="", db_index=True)
    person_id = models.TextField(default="", db_index=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="tasks"
    )
    due_on = models.DateField(null=True)
    snoozed_until_on = models.DateField(null=True)  # from that day it is there again
    checklist = models.JSONField(default=list)  # [{"text": ..., "done_at": ..., "done_by": ...}]
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    outcome = models.CharField(max_length=20, choices=Outcome, default="")
    outcome_text = models.TextField(default="")
    created_at = models.DateTimeField()
    created_by = models.TextField()  # a user's name, or `tenure`
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="")
    changes_made = models.PositiveIntegerField(default=0)  # numbers its changes

    class Meta:
        indexes = [
            models.Index(fields=["status", "due_on"], name="task_due"),
            models.Index(fields=["owner", "status", "due_on"], name="task_of_owner"),
            models.Index(fields=["status", "closed_at"], name="task_closed"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.status == Status.OPEN


class TaskChange(models.Model):
    """One change of one task: its history, and the event that waits to be recorded.

    It is written in the transaction of the change. The inbox is another store, so the event is
    recorded afterwards, under an id that stays the same however often it is tried.
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="changes")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=40)  # Task Opened, Task Assigned, ...
    made_at = models.DateTimeField()
    made_by = models.TextField()
    properties = models.JSONField(default=dict)  # codes and days, never texts
    event_id = models.CharField(max_length=80, unique=True)
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "number"], name="task_change_once")]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(recorded_at=None),
                name="task_change_waits",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.task_id})"

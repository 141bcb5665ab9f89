"""What was raised, what is kept of each account between two events, and how far was read."""

from django.db import models

from tenure.tasks.models import Task


class Signal(models.Model):
    """Something happened that somebody should act on. Who acts, and what came of it: `task`."""

    key = models.TextField(unique=True)
    kind = models.TextField()
    topic = models.TextField(default="")  # which limit, step, subscription, person
    account_id = models.TextField(db_index=True)  # canonical when it was raised
    person_id = models.TextField(default="", db_index=True)
    happened_at = models.DateTimeField(db_index=True)  # what it tells
    raised_at = models.DateTimeField()
    last_evidence_at = models.DateTimeField()
    urgency = models.CharField(max_length=8)  # now | soon | watch
    evidence = models.JSONField(default=list)  # [{"what": code, "at": ISO instant, ...}]
    next_step = models.TextField()  # a code, made a sentence when it is shown
    params = models.JSONField(default=dict)
    task = models.ForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="signals")
    resolved_at = models.DateTimeField(null=True)  # the reason has gone
    resolved_because = models.TextField(default="")
    # The inbox and the tasks are told afterwards, under ids that stay the same.
    told_at = models.DateTimeField(null=True)
    resolution_told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "kind", "-happened_at"], name="signal_of_account"),
            models.Index(fields=["kind", "-raised_at"], name="signal_of_kind"),
            models.Index(fields=["id"], condition=models.Q(told_at=None), name="signal_untold"),
            models.Index(
                fields=["id"],
                condition=models.Q(resolved_at__isnull=False, resolution_told_at=None),
                name="signal_end_untold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.account_id}"

    @property
    def is_open(self) -> bool:
        """Nobody has dealt with it, and its reason is still there."""
        return self.resolved_at is None and (self.task is None or self.task.is_open)


class AccountWatch(models.Model):
    """What the kinds remember of one account: `state.AccountState`, packed."""

    account_id = models.TextField(primary_key=True)
    batch = models.BigIntegerField(default=0)  # of the lake, the last that is in `state`
    due_at = models.BigIntegerField(null=True, db_index=True)  # microseconds: a kind wants to look
    state = models.BinaryField(default=b"")


class Stale(models.Model):
    """An account whose state has to be made anew from all of its history, or one of its people."""

    key = models.TextField(primary_key=True)  # `account:<id>`, `person:<id>`
    because = models.TextField()  # history | merged | corrected | rules
    batch = models.BigIntegerField(default=0)  # of the lake, that told it
    since_at = models.DateTimeField()


class WaitingRow(models.Model):
    """An event that matters of somebody whose account is not known yet."""

    ref = models.TextField(primary_key=True)  # source/message_id
    user_id = models.TextField(db_index=True)
    anonymous_id = models.TextField(db_index=True)
    row = models.BinaryField()
    until_at = models.DateTimeField()


class WatchCursor(models.Model):
    """How far the watch has come: `batch` of the lake, and what else it has seen."""

    name = models.TextField(primary_key=True)
    number = models.BigIntegerField(default=0)
    text = models.TextField(default="")

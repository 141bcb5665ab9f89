"""Every change of billing that was promised, and every call that was made for it."""

from typing import Any

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenure.billing.system import Answer, Change, Terms


class Status(models.TextChoices):
    """Where a change stands; docs/billing.md has the picture."""

    INTENDED = "intended", _("To be done")
    SENT = "sent", _("Asked for")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    UNKNOWN = "unknown", _("Unsure")
    GIVEN_UP = "given_up", _("Given up")


OPEN = (Status.INTENDED, Status.SENT, Status.UNKNOWN)


class HostSaid(models.TextChoices):
    """What the host's page says of a change that it makes itself. `done` counts for nothing."""

    NOTHING = "", _("Nothing yet")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class ChangeKind(models.TextChoices):
    PAUSE = "pause", _("Pause")
    RESUME = "resume", _("Resume")
    DISCOUNT = "discount", _("Discount")
    PLAN_CHANGE = "plan_change", _("Change of plan")
    TRIAL_EXTENSION = "trial_extension", _("Longer trial")
    FREE_MONTHS = "free_months", _("Free months")
    REFUND = "refund", _("Money back")
    CANCEL_AT_PERIOD_END = "cancel_at_period_end", _("Cancel at the end of the period")
    CANCEL_NOW = "cancel_now", _("Cancel now")
    UNCANCEL = "uncancel", _("Take the cancellation back")


class BillingChange(models.Model):
    """One promised change of one subscription. The unique key is what makes it one."""

    key = models.CharField(max_length=200, unique=True)
    account_id = models.TextField(db_index=True)
    subscription_id = models.TextField(default="")
    kind = models.CharField(max_length=24, choices=ChangeKind)
    values = models.JSONField(default=dict)  # as promised, for ever
    mode = models.CharField(max_length=4, default="live")  # live | test
    asked_at = models.DateTimeField()
    by_host = models.BooleanField(default=False)  # the host's page makes it; we only read
    host_said = models.CharField(max_length=10, choices=HostSaid, default="", blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.INTENDED)
    why = models.TextField(default="")  # what the other side said last
    attempts = models.PositiveIntegerField(default=0)  # times it was asked for
    next_at = models.DateTimeField()  # the next thing to do, of whatever kind
    claim = models.CharField(max_length=40, default="")  # who is at it
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)  # the last attempt's begin
    ended_at = models.DateTimeField(null=True)  # done, refused, given_up
    answer = models.JSONField(null=True)
    reference = models.TextField(default="")  # what the billing system calls it
    read_back = models.JSONField(null=True)  # the terms that were found
    read_back_at = models.DateTimeField(null=True)  # when billing was last read for it
    differs = models.JSONField(default=list)  # what billing has otherwise
    reads_until = models.DateTimeField(null=True)  # reading goes on until it agrees, or then
    superseded_by = models.CharField(max_length=200, default="")  # the key of a later change
    told = models.CharField(max_length=10, default="")  # the standing that was last recorded
    is_told = models.BooleanField(default=True)  # False: something changed since

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(status__in=["intended", "sent", "unknown"])
                | models.Q(reads_until__isnull=False),
                name="billing_change_due",
            ),
            models.Index(
                fields=["claimed_until"],
                condition=models.Q(claimed_until__isnull=False),
                name="billing_change_held",
            ),
            models.Index(
                fields=["id"], condition=models.Q(is_told=False), name="billing_change_untold"
            ),
            models.Index(fields=["account_id", "subscription_id", "id"], name="billing_change_of"),
            models.Index(fields=["status", "asked_at"], name="billing_change_status"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def as_change(self) -> Change:
        return Change(
            key=self.key,
            account_id=self.account_id,
            subscription_id=self.subscription_id,
            kind=self.kind,
            values=self.values,
            mode=self.mode,
            asked_at=self.asked_at,
        )

    @property
    def terms(self) -> Terms | None:
        """What was read back, if anything was."""
        return None if self.read_back is None else msgspec.convert(self.read_back, Terms)

    @property
    def answered(self) -> Answer | None:
        return None if self.answer is None else msgspec.convert(self.answer, Answer)

    @property
    def counts(self) -> bool:
        """It is done, and billing shows it. A change of a test never counts."""
        is_shown = self.read_back_at is not None and not self.differs
        return self.mode == "live" and self.status == Status.DONE and is_shown

    @property
    def standing(self) -> str:
        """For those who asked: done | pending | refused | unsure.

        `done` was read back, `unsure` may have been done, or was and billing shows otherwise.
        """
        if self.status == Status.DONE:
            if self.mode == "test" or self.counts:
                return "done"
            return "unsure" if self.differs and self.reads_until is None else "pending"
        if self.status == Status.REFUSED:
            return "refused"
        if self.by_host and self.host_said == HostSaid.FAILED:
            return "unsure"
        return "unsure" if self.status in (Status.UNKNOWN, Status.GIVEN_UP) else "pending"


class BillingCall(models.Model):
    """One question to a billing system. It is on disk before a socket is opened.

    Asking again what is pending, with the same answer, is the same row: `times`, until `last_at`.
    """

    change = models.ForeignKey(BillingChange, on_delete=models.CASCADE, related_name="calls")
    number = models.PositiveIntegerField()
    what = models.CharField(max_length=10)  # perform | read_back | host_said
    system = models.CharField(max_length=40)
    begun_at = models.DateTimeField()
    last_at = models.DateTimeField()  # the last begin
    times = models.PositiveIntegerField(default=1)
    took_ms = models.PositiveIntegerField(null=True)  # null: no answer was written down
    said = models.CharField(max_length=10, default="")  # the answer's status; read | unread
    message = models.TextField(default="")
    answer: Any = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change", "number"], name="billing_call_once")
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.number} of {self.change_id}"

"""Fixes: what was shipped so that nobody leaves twice for the same thing."""

from functools import cached_property

from django.apps import apps
from django.conf import settings
from django.db import models


class Fix(models.Model):
    """One thing shipped, or planned, that answers a reason or a step where accounts are stuck.

    What it answers is narrowed by `detail` (an option of the reason's follow-up), `theme` and
    `rival`, each where it is not empty. A fix with a `step` answers that step of the product file.
    """

    key = models.TextField(unique=True)
    title = models.TextField()
    code = models.TextField(default="", db_index=True)  # of the taxonomy; empty: a step's
    detail = models.TextField(default="")
    theme = models.TextField(default="")  # key of a Theme
    rival = models.TextField(default="")
    step = models.TextField(default="", db_index=True)  # name of a step of the product file
    planned_on = models.DateField(null=True)
    shipped_on = models.DateField(null=True)
    withdrawn_on = models.DateField(null=True)
    adoption_feature = models.TextField(default="")  # of the product file; its events show use
    adoption_event = models.TextField(default="")  # or one event by name
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    link = models.TextField(default="")
    notes = models.TextField(default="")
    recorded_from = models.TextField(default="")  # reason | record:<key> | signal:<row>
    created_at = models.DateTimeField()
    created_by = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-shipped_on", "-created_at"], name="fix_by_day")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_of_step(self) -> bool:
        """It answers a step, and not a reason."""
        return bool(self.step)

    @property
    def is_narrow(self) -> bool:
        """It answers one need within its reason, which accounts named."""
        return bool(self.detail or self.theme or self.rival)

    @cached_property
    def theme_row(self) -> int | None:
        """The row of its theme as it is now; None where it has none, or it is gone."""
        themes = apps.get_model("reasons", "Theme").objects.filter(key=self.theme, is_gone=False)
        return themes.values_list("pk", flat=True).first() if self.theme else None

    @property
    def standing(self) -> str:
        """withdrawn | shipped | planned"""
        if self.withdrawn_on:
            return "withdrawn"
        return "shipped" if self.shipped_on else "planned"


class FixChange(models.Model):
    """One thing that happened to a fix, for the lake: written beside it, told afterwards."""

    fix = models.ForeignKey(Fix, on_delete=models.CASCADE, related_name="changes")
    name = models.TextField()  # Fix Recorded | Fix Shipped | Fix Withdrawn | Fix Changed
    properties = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.TextField()
    event_id = models.CharField(max_length=80, unique=True)
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(recorded_at=None), name="fix_change_waits"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.fix_id}"

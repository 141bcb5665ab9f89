"""Texts that the operator put in force, every version of them.

A row is never changed but for `ended_at`: what ran under a digest can be read for ever.
"""

from django.db import models


class DefinitionVersion(models.Model):
    kind = models.TextField()  # product, segment, signals, ...
    name = models.TextField(default="")  # empty where there is one of a kind
    digest = models.TextField()  # of the text
    text = models.TextField()
    applied_at = models.DateTimeField()
    applied_by = models.TextField(default="")  # who, or `tenure` for what it came with
    ended_at = models.DateTimeField(null=True)  # null: in force

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "name"],
                condition=models.Q(ended_at=None),
                name="definition_one_in_force",
            )
        ]
        indexes = [
            models.Index(fields=["kind", "name", "applied_at"], name="definition_history"),
            models.Index(fields=["digest"], name="definition_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()

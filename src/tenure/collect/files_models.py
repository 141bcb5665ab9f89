"""What imports did, and what their data contradicts.

ImportRun        one `tenure import`: what it read, and what became of the rows
QualityFinding   one kind of contradiction in the data of one source, counted, with examples
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenure.collect.quality_codes import EXPLANATIONS, SENTENCES


class ImportRun(models.Model):
    """One import. `counts` has a row for each file and kind; the totals are theirs."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        INTERRUPTED = "interrupted", _("Interrupted")

    id = models.CharField(max_length=40, primary_key=True)
    source = models.CharField(max_length=64, db_index=True)  # slug
    path = models.TextField()
    map_name = models.CharField(max_length=255)
    map_hash = models.CharField(max_length=64)
    map_text = models.TextField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.RUNNING)
    message = models.TextField(blank=True)  # why it failed
    # [{"file", "kind", "read", "new", "corrected", "unchanged", "repeated", "rejected"}]
    counts = models.JSONField(default=list)
    rows_read = models.BigIntegerField(default=0)
    rows_new = models.BigIntegerField(default=0)
    rows_corrected = models.BigIntegerField(default=0)
    rows_unchanged = models.BigIntegerField(default=0)
    rows_repeated = models.BigIntegerField(default=0)
    rows_rejected = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-started_at", "id"]

    def __str__(self) -> str:
        return self.id


class QualityFinding(models.Model):
    """Rows of one source that contradict others, loaded all the same. Recounted at each import."""

    class Severity(models.TextChoices):
        CONTRADICTION = "contradiction", _("Contradiction")
        WARNING = "warning", _("Worth a look")

    source = models.CharField(max_length=64, db_index=True)  # slug
    code = models.CharField(max_length=60)
    severity = models.CharField(max_length=14, choices=Severity.choices)
    count = models.BigIntegerField()
    of_count = models.BigIntegerField()  # how many there are that it could be true of
    examples = models.JSONField(default=list)  # [{"what", "account", "source_ref", "other_ref"}]
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()  # the last time that it was looked for and found
    resolved_at = models.DateTimeField(null=True, blank=True)  # looked for, and no longer found

    class Meta:
        ordering = ["source", "severity", "-count", "code"]
        constraints = [models.UniqueConstraint(fields=["source", "code"], name="finding_once")]

    def __str__(self) -> str:
        return f"{self.source}: {self.code}"

    @property
    def share(self) -> float | None:
        """`count` of `of_count`, 0 to 1; None when there is nothing to be a share of."""
        return self.count / self.of_count if self.of_count else None

    @property
    def sentence(self) -> str:
        """What was found, in the reader's language."""
        return str(SENTENCES[self.code])

    @property
    def explanation(self) -> str:
        """What that does to the figures, and what to look at."""
        return str(EXPLANATIONS[self.code])

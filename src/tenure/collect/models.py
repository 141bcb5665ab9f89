"""Where data comes from, the keys that let it in, and what was refused.

Source        one stream of data: a tracking key's, an import's, or Tenure's own
WriteKey      lets a client write into one source; revoked, never deleted
RejectedRow   one event or row that could not be taken in, until somebody mends or dismisses it
ImportRun, QualityFinding   see files_models.py
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenure.collect.files_models import ImportRun, QualityFinding

__all__ = ["ImportRun", "QualityFinding", "RejectedRow", "Source", "WriteKey"]


class Source(models.Model):
    """A stream of data. Its slug is the `source` of every lake row that came through it."""

    class Kind(models.TextChoices):
        API = "api", _("Tracking API")
        IMPORT = "import", _("Import")
        SYSTEM = "system", _("Tenure itself")

    class MrrFrom(models.TextChoices):
        SUBSCRIPTIONS = "subscriptions", _("Subscriptions")
        INVOICE_LINES = "invoice_lines", _("Invoice lines")

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)  # last batch or import, by receipt
    # What an import's map declares: which of its rows recurring revenue is read from.
    mrr_from = models.CharField(
        max_length=14, choices=MrrFrom.choices, default=MrrFrom.SUBSCRIPTIONS
    )

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class WriteKey(models.Model):
    """What a client sends to say which source it writes to. A revoked key stays, refused."""

    key = models.CharField(max_length=100, unique=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="write_keys")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.key


class RejectedRow(models.Model):
    """One refused event or row. `origin` is `batch:42` or `import:imp_…`, `position` within it."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        MENDED = "mended", _("Mended")
        DISMISSED = "dismissed", _("Dismissed")

    origin = models.CharField(max_length=80)
    position = models.BigIntegerField()
    source = models.CharField(max_length=64, db_index=True)  # slug; the source may be gone
    import_id = models.CharField(max_length=40, null=True, blank=True, db_index=True)
    batch = models.BigIntegerField(null=True, blank=True)
    source_ref = models.CharField(max_length=500, blank=True)  # `usage.csv.gz:1042`
    code = models.CharField(max_length=60)
    field = models.CharField(max_length=200, blank=True)
    value = models.TextField(blank=True)
    remedy = models.TextField()
    raw = models.TextField(blank=True)  # the whole event or line, to mend and send again
    # What an imported row is known by: a later row of the same key mends it.
    row_key = models.CharField(max_length=20, blank=True, db_index=True)
    received_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True)  # when mended or dismissed

    class Meta:
        ordering = ["-received_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["origin", "position"], name="rejected_row_once")
        ]
        indexes = [
            models.Index(fields=["status", "-received_at"], name="rejected_row_by_status"),
            models.Index(
                fields=["received_at"], condition=Q(status="open"), name="rejected_row_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin}:{self.position}"

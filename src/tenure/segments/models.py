"""Who is, and was, in which segment; and up to where each segment was followed."""

from django.db import models
from django.db.models import Q


class SegmentMember(models.Model):
    """One stay of one account or person in a segment. `left_at` is null while it lasts."""

    segment = models.TextField()
    over = models.CharField(max_length=8)  # account | person
    subject_id = models.TextField()  # canonical
    entered_at = models.DateTimeField()
    # change: what it is has changed; definition: the segment has; start: it was there already
    # when Tenure first looked at a segment that it comes with
    entered_because = models.CharField(max_length=10)
    entered_digest = models.TextField()  # of the definition that it then fulfilled
    left_at = models.DateTimeField(null=True)
    left_because = models.CharField(max_length=10, default="")
    left_digest = models.TextField(default="")
    # Whether the inbox has the event; it is told afterwards, under an id made from the row.
    is_entry_told = models.BooleanField(default=False)
    is_exit_told = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "subject_id"],
                condition=Q(left_at=None),
                name="segment_member_once",
            )
        ]
        indexes = [
            models.Index(fields=["segment", "entered_at"], name="segment_entries"),
            models.Index(fields=["segment", "left_at"], name="segment_exits"),
            models.Index(fields=["subject_id", "over"], name="segments_of_subject"),
            models.Index(
                fields=["id"], condition=Q(is_entry_told=False), name="segment_entry_untold"
            ),
            models.Index(
                fields=["id"],
                condition=Q(is_exit_told=False, left_at__isnull=False),
                name="segment_exit_untold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment} {self.subject_id}"


class SegmentFollowed(models.Model):
    """What was last evaluated of a segment: the same inputs need no second look."""

    segment = models.TextField(primary_key=True)
    digest = models.TextField()  # of the definition
    inputs = models.TextField()  # of all that the answer depends on
    members = models.IntegerField(default=0)
    followed_at = models.DateTimeField()
    problem = models.TextField(default="")  # why it cannot be evaluated, else empty

    def __str__(self) -> str:
        return self.segment

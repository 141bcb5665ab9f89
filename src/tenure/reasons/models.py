"""Why accounts leave: each statement and each conclusion as a record that stays."""

from django.db import models

from tenure.reasons.fix_models import Fix, FixChange
from tenure.reasons.interview_models import Interview, Survey, SurveyAnswer
from tenure.reasons.review_models import (
    LadderRung,
    LeavingReview,
    ReviewWord,
    SaidNo,
    WorthVerdict,
)

__all__ = [
    "Fix",
    "FixChange",
    "Interview",
    "LadderRung",
    "LeavingReview",
    "ReasonCursor",
    "ReasonRecord",
    "ReviewWord",
    "SaidNo",
    "Survey",
    "SurveyAnswer",
    "Theme",
    "WorthVerdict",
]


class Theme(models.Model):
    """What several texts have in common, in one language. It keeps its key from run to run."""

    key = models.TextField(unique=True)
    mode = models.CharField(max_length=4, default="live")  # live | test
    language = models.CharField(max_length=8)  # en | zh
    label = models.TextField()
    label_by = models.CharField(max_length=8, default="local")  # local | outside | person
    phrases = models.JSONField(default=list)  # typical ones, the most typical first
    central_text = models.TextField(default="")  # of all its texts, the nearest to the middle
    texts = models.IntegerField(default=0)
    centre = models.BinaryField(default=b"")  # what the next run recognises it by, packed
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    is_gone = models.BooleanField(default=False)  # the last run found it no more

    class Meta:
        indexes = [models.Index(fields=["mode", "language", "-texts"], name="theme_by_size")]

    def __str__(self) -> str:
        return self.label


class ReasonRecord(models.Model):
    """One reason, from one source. Never changed: a correction is another record.

    Only this moves: `account_id` and `person_id` follow merges, `superseded_by` names the record
    that corrects this one, `theme` is given by the last grouping, and `text` is emptied when they
    no longer agree to words of theirs being kept.
    """

    key = models.TextField(unique=True)
    mode = models.CharField(max_length=4, default="live")  # live | test
    source = models.CharField(max_length=12)  # stated | followed_up | inferred | survey | interview
    account_key = models.TextField(db_index=True)  # as it was said; never rewritten
    account_id = models.TextField(db_index=True)  # canonical
    user_id = models.TextField(default="", db_index=True)  # as it was said
    subscription_id = models.TextField(default="")
    visit_id = models.TextField(default="", db_index=True)
    code = models.TextField()  # of the taxonomy
    said = models.TextField(default="")  # what the other system called it
    detail = models.TextField(default="")  # code of the follow-up's option, or of the rule
    next_job = models.TextField(default="")
    rival = models.TextField(default="")
    text = models.TextField(default="")
    is_volunteered = models.BooleanField(null=True)  # null: nobody knows whether it was asked for
    confidence = models.FloatField(null=True)  # of what is inferred: 0 to 1
    rank = models.SmallIntegerField(default=1)  # of what is inferred of one leaving: 1 is the first
    is_weak = models.BooleanField(default=False)  # of what is inferred: it hardly tells
    evidence = models.JSONField(
        default=list
    )  # [{"what": code, ...}]; sentences are made when shown
    taxonomy_digest = models.TextField(default="")
    event_source = models.TextField(default="")  # of the event that said so
    message_id = models.TextField(default="")
    source_ref = models.TextField(default="")
    said_at = models.DateTimeField()  # of what is inferred: the decision that it explains
    known_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    superseded_by = models.TextField(default="")  # key of the record that corrects this one
    theme = models.ForeignKey(Theme, null=True, on_delete=models.SET_NULL, related_name="records")
    theme_similarity = models.FloatField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "-said_at"], name="reason_of_account"),
            models.Index(fields=["mode", "source", "-said_at"], name="reason_of_source"),
            models.Index(fields=["event_source", "message_id"], name="reason_of_event"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.code} {self.account_id}"


class ReasonCursor(models.Model):
    """How far the lake was read: `number` is a batch, `text` what else was seen."""

    name = models.TextField(primary_key=True)
    number = models.BigIntegerField(default=0)
    text = models.TextField(default="")

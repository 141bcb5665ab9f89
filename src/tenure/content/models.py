"""What others said of us and may be said again; who learned what, and reached what."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Origin(models.TextChoices):
    """Where words come from."""

    ASKED = "asked", _("Said to us")
    REVIEW = "review", _("Public review")
    POST = "post", _("Public post")


class Standing(models.TextChoices):
    """What somebody of ours decided about words."""

    WAITING = "waiting", _("To be looked at")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")


class Testimonial(models.Model):
    """What one customer said. The words are never changed; an excerpt is cut from them, and says
    so. What they agreed to is in `ConsentWord`; `scope` and `withdrawn_at` are what of it holds.
    """

    key = models.CharField(max_length=40, unique=True)
    origin = models.CharField(max_length=10, choices=Origin)
    source_name = models.TextField(default="")  # G2, a forum: empty of what was said to us
    source_url = models.TextField(default="")
    source_key = models.CharField(max_length=40, null=True, unique=True)  # so that it comes once
    words = models.TextField()
    excerpt = models.TextField(default="")
    language = models.CharField(max_length=16)
    who = models.TextField(default="")  # as they want to be named
    role = models.TextField(default="")
    company = models.TextField(default="")
    person_id = models.TextField(default="", db_index=True)
    account_id = models.TextField(default="", db_index=True)
    said_at = models.DateTimeField()
    kept_at = models.DateTimeField()
    kept_by = models.TextField()
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.WAITING)
    moderated_at = models.DateTimeField(null=True)
    moderated_by = models.TextField(default="")
    moderated_because = models.TextField(default="")
    # Tags: who should read it. An empty list leaves that open.
    features = models.JSONField(default=list)
    segments = models.JSONField(default=list)
    plans = models.JSONField(default=list)
    stages = models.JSONField(default=list)
    kept_from = models.JSONField(default=list)  # accounts and domains that never see it
    scope = models.JSONField(default=list)  # of mail, site: where it may be shown
    consented_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=0)  # one more with each change

    class Meta:
        indexes = [
            models.Index(fields=["standing", "-said_at"], name="testimonial_standing"),
            models.Index(fields=["-changed_at"], name="testimonial_changed"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def said(self) -> str:
        """What is shown: the excerpt where there is one, else all of it."""
        return self.excerpt or self.words

    @property
    def is_live(self) -> bool:
        """It may be shown somewhere."""
        return self.standing == Standing.APPROVED and bool(self.scope) and self.withdrawn_at is None


class ConsentWord(models.Model):
    """What somebody agreed to, or took back. Never changed; the last word holds."""

    testimonial = models.ForeignKey(Testimonial, on_delete=models.CASCADE, related_name="consents")
    is_granted = models.BooleanField()
    scope = models.JSONField(default=list)
    how = models.CharField(max_length=10)  # page | operator | public
    by = models.TextField()
    evidence = models.TextField(default="")  # what an operator relies on
    said_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.testimonial_id} {'granted' if self.is_granted else 'withdrawn'}"


class Ask(models.Model):
    """A link by which one person may say something, see it, and take it back."""

    public_id = models.CharField(max_length=40, unique=True)
    account_id = models.TextField(default="", db_index=True)
    person_id = models.TextField(default="", db_index=True)
    feature = models.TextField(default="")  # of what we ask
    language = models.CharField(max_length=16, default="")
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    expires_at = models.DateTimeField()
    testimonial = models.OneToOneField(
        Testimonial, null=True, on_delete=models.SET_NULL, related_name="ask"
    )
    declined_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.public_id


class SiteUse(models.Model):
    """A site that was given words to show, and on which days."""

    testimonial = models.ForeignKey(Testimonial, on_delete=models.CASCADE, related_name="sites")
    host = models.CharField(max_length=253)
    first_on = models.DateField()
    last_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["testimonial", "host"], name="site_use_once")
        ]

    def __str__(self) -> str:
        return self.host


class LessonProgress(models.Model):
    """One person in one lesson: the first time they began it, and the first they finished it."""

    person_id = models.TextField()
    account_id = models.TextField(default="", db_index=True)
    lesson = models.CharField(max_length=80)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person_id", "account_id", "lesson"], name="lesson_progress_once"
            )
        ]
        indexes = [models.Index(fields=["lesson", "finished_at"], name="progress_of_lesson")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.lesson}"


class GoalReached(models.Model):
    """A goal that somebody reached, once. Nobody is named in public without having said so."""

    goal = models.CharField(max_length=80)
    over = models.CharField(max_length=8)  # account | person
    subject_id = models.TextField()
    account_id = models.TextField(default="", db_index=True)
    reached_at = models.DateTimeField()
    public_id = models.CharField(max_length=40, unique=True)  # of the certificate
    rewarded_at = models.DateTimeField(null=True)  # a task was opened
    told_at = models.DateTimeField(null=True)  # `Goal Reached` was recorded
    named_as = models.TextField(default="")  # in public; empty: not at all
    named_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["goal", "over", "subject_id"], name="goal_reached_once")
        ]
        indexes = [models.Index(fields=["goal", "-reached_at"], name="reached_of_goal")]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.goal}"


class ContentCursor(models.Model):
    """How far the lake was read for progress, and under which definitions."""

    name = models.CharField(max_length=40, primary_key=True)
    number = models.BigIntegerField()
    digest = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class LessonEffect(models.Model):
    """What a lesson did, as it was counted on a day. It names nobody."""

    lesson = models.CharField(max_length=80, primary_key=True)
    told = models.JSONField()
    counted_on = models.DateField()
    digest = models.CharField(max_length=64)  # of the lesson, and of what shows its feature used

    def __str__(self) -> str:
        return f"{self.lesson} {self.counted_on}"


class StageSpan(models.Model):
    """How many accounts moved from stage to stage in thirty days of the past. It names nobody."""

    from_on = models.DateField(unique=True)
    moves = models.JSONField(default=dict)  # `active>fading`: how many
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"stages from {self.from_on}"

"""Each leaving looked at, which accounts deserve effort, what was tried of them, and who said no.

What is prepared from data and what a person decided stand side by side, in fields of their own.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenure.tasks.models import Task


class Known(models.TextChoices):
    """Whether somebody of us knew that they were about to leave."""

    KNOWN = "known", _("Known")
    SURPRISE = "surprise", _("A surprise")


class Overcome(models.TextChoices):
    """Whether we could have overcome what made them leave."""

    YES = "yes", _("Yes")
    PARTLY = "partly", _("Partly")
    NO = "no", _("No")


class LeavingReview(models.Model):
    """One decision to leave, prepared for a person to look at, and what that person found."""

    key = models.TextField(unique=True)
    account_key = models.TextField(db_index=True)  # as the account was called then
    account_id = models.TextField(db_index=True)  # canonical
    since_on = models.DateField()  # first day of the time of paying that ends
    decided_at = models.DateTimeField()
    decided_on = models.DateField(db_index=True)  # the company's day of it
    ended_on = models.DateField(null=True)  # first day without payment, once it has come
    returned_on = models.DateField(null=True)  # first day on which it paid again
    withdrawn_at = models.DateTimeField(null=True)  # seen to be none: taken back, or corrected
    mrr = models.JSONField(default=dict)  # minor units by currency, on the day before
    mrr_minor = models.BigIntegerField(default=0)  # of these the greatest, and its currency
    currency = models.CharField(max_length=3, default="")
    plan = models.TextField(default="")
    reason = models.TextField(default="")  # what they said, else what was seen
    reason_source = models.CharField(max_length=12, default="")
    # Prepared from data.
    known = models.CharField(max_length=10, choices=Known, default="")  # empty: cannot tell
    known_because = models.CharField(max_length=20, default="")
    overcome = models.CharField(max_length=10, choices=Overcome, default="")  # as above
    overcome_because = models.JSONField(default=list)  # codes
    warning = models.CharField(max_length=20, default="")  # what the earliest was
    warned_at = models.DateTimeField(null=True)
    lead_days = models.IntegerField(null=True)  # from the earliest warning to the decision
    seen_at = models.DateTimeField(null=True)  # first time that one of us is known to have looked
    seen_by = models.TextField(default="")
    acted_at = models.DateTimeField(null=True)  # first time that one of us did something
    acted_by = models.TextField(default="")
    warnings = models.JSONField(default=list)  # [{"what": code, "at": ISO instant, ...}]
    acts = models.JSONField(default=list)  # who of us looked, was told or did something, and when
    tried = models.JSONField(default=list)  # offers, tasks, talks: what, when, what came of it
    prepared_at = models.DateTimeField()
    # A person's word, the last one; all are in `words`.
    person_known = models.CharField(max_length=10, choices=Known, default="")
    person_overcome = models.CharField(max_length=10, choices=Overcome, default="")
    person_notes = models.TextField(default="")
    reviewed_by = models.TextField(default="")
    reviewed_at = models.DateTimeField(null=True)
    words_said = models.PositiveIntegerField(default=0)  # numbers them

    class Meta:
        indexes = [
            models.Index(fields=["reviewed_at", "-decided_at"], name="review_to_do"),
            models.Index(fields=["account_id", "-decided_at"], name="review_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} on {self.decided_on}"

    @property
    def held_known(self) -> str:
        """The person's word, else what was prepared."""
        return self.person_known or self.known

    @property
    def held_overcome(self) -> str:
        """The person's word, else what was prepared."""
        return self.person_overcome or self.overcome


class ReviewWord(models.Model):
    """What one person found in one review. Never changed: a second thought is another row."""

    review = models.ForeignKey(LeavingReview, on_delete=models.CASCADE, related_name="words")
    number = models.PositiveIntegerField()
    known = models.CharField(max_length=10, choices=Known, default="")
    overcome = models.CharField(max_length=10, choices=Overcome, default="")
    notes = models.TextField(default="")
    said_by = models.TextField()
    said_at = models.DateTimeField()
    event_id = models.CharField(max_length=80, unique=True)
    recorded_at = models.DateTimeField(null=True)  # when the lake was told

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "number"], name="review_word_once")
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(recorded_at=None), name="review_word_waits"
            )
        ]

    def __str__(self) -> str:
        return f"word {self.number} on {self.review_id}"


class Occasion(models.TextChoices):
    """Why an account is looked at."""

    AT_RISK = "at_risk", _("At risk")
    ABANDONED = "abandoned", _("Abandoned visit")
    LEAVING = "leaving", _("Leaving")
    LEFT = "left", _("Left")


class Worth(models.TextChoices):
    """What is said before effort is spent."""

    YES = "yes", _("Worth saving")
    NOT_OURS = "not_ours", _("Not our kind of customer")
    GONE = "gone", _("Gone out of business")
    WANTS_ELSE = "wants_else", _("Wants something else")
    TOO_SMALL = "too_small", _("Effort would cost more than it brings")


class WorthVerdict(models.Model):
    """Whether one account deserves effort on one occasion; it ends when the occasion does."""

    key = models.TextField(unique=True)
    account_key = models.TextField(db_index=True)
    account_id = models.TextField(db_index=True)
    occasion = models.CharField(max_length=10, choices=Occasion)
    since_at = models.DateTimeField()  # when the occasion came
    code = models.CharField(max_length=12, choices=Worth)
    grounds = models.JSONField(default=list)  # [{"what": code, ...}]
    reason = models.TextField(default="")
    mrr_minor = models.BigIntegerField(default=0)  # now, or the day before it decided
    currency = models.CharField(max_length=3, default="")
    margin_minor = models.BigIntegerField(default=0)  # of the time that worth.toml counts
    chance_part = models.IntegerField(default=0)  # of so many similar cases, so many
    chance_of = models.IntegerField(default=0)
    chance_group = models.TextField(default="")  # a reason, a signal's kind; empty: all of these
    # Margin × chance in the company's currency, where its rate is known: the order follows it.
    expected_minor = models.BigIntegerField(default=0, db_index=True)
    judged_at = models.DateTimeField()
    row_digest = models.TextField(default="")
    closed_at = models.DateTimeField(null=True)
    closed_because = models.CharField(max_length=12, default="")
    # A person's word.
    person_code = models.CharField(max_length=12, choices=Worth, default="")
    person_note = models.TextField(default="")
    person_by = models.TextField(default="")
    person_at = models.DateTimeField(null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )  # of its ladder

    class Meta:
        indexes = [
            models.Index(fields=["closed_at", "code", "-expected_minor"], name="worth_list"),
            models.Index(fields=["account_id", "-since_at"], name="worth_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.held_code}"

    @property
    def held_code(self) -> str:
        """The person's word, else what was judged."""
        return self.person_code or self.code

    @property
    def held_code_words(self) -> str:
        """The verdict that counts, in the reader's language."""
        return str(Worth(self.held_code).label)


class Rung(models.TextChoices):
    """How we try to reach somebody who is silent, one after the other."""

    MAIL = "mail", _("Mail")
    CALL = "call", _("Call")
    VISIT = "visit", _("Visit")


class RungOutcome(models.TextChoices):
    SILENT = "silent", _("No answer")
    TALKED = "talked", _("We talked")
    NO = "no", _("They said no")
    DROPPED = "dropped", _("Left off")


class LadderRung(models.Model):
    """One step of one ladder: a task of its owner, and what came of it."""

    verdict = models.ForeignKey(WorthVerdict, on_delete=models.CASCADE, related_name="rungs")
    rung = models.CharField(max_length=8, choices=Rung)
    task = models.ForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField()
    opened_by = models.TextField()
    outcome = models.CharField(max_length=8, choices=RungOutcome, default="")
    text = models.TextField(default="")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["verdict", "rung"], name="ladder_rung_once")]

    def __str__(self) -> str:
        return f"{self.rung} of {self.verdict_id}"


class SaidNo(models.Model):
    """Somebody of the account said that they do not want to be asked again. It holds for ever."""

    account_key = models.TextField(db_index=True)  # as it was called when they said so
    account_id = models.TextField(db_index=True)  # canonical
    said_at = models.DateTimeField()
    how = models.CharField(max_length=8, choices=Rung, default="")  # empty: in another way
    text = models.TextField(default="")
    noted_by = models.TextField()
    event_id = models.CharField(max_length=80, unique=True)
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_key"], name="said_no_once")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(recorded_at=None), name="said_no_waits")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} said no"

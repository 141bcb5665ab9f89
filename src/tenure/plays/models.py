"""Who is in which play, where, and why they went as they did."""

from django.db import models


class Enrolment(models.Model):
    """One account or person in one play, once. The engine's `State` as a row.

    `entry_key` names what brought them in: the same thing twice is one enrolment.
    """

    play = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)  # version of the play that it goes by
    over = models.CharField(max_length=8)  # account | person
    subject_id = models.TextField()  # canonical, as links hold now
    account_id = models.TextField(db_index=True)  # whose arm counts; of a person, theirs
    raw_subject_id = models.TextField(db_index=True)  # the same when it began: keys name these
    raw_account_id = models.TextField(db_index=True)
    entry_key = models.TextField()
    because = models.TextField(default="")  # what brought them in, in a word and its name
    arm = models.CharField(max_length=10)  # treated | hold_out
    share = models.FloatField()  # chance of the arm when it was assigned
    is_kept_back = models.BooleanField(default=False)  # of the long-term hold-out of all plays
    entered_at = models.DateTimeField()
    at = models.CharField(max_length=80)  # the step it waits in
    since_at = models.DateTimeField(null=True)  # null: that step is still to come
    due_at = models.DateTimeField(null=True)
    visits = models.JSONField(default=dict)
    goal_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=16, default="")
    turns = models.IntegerField(default=0)  # taken so far: of two who take one, the second is told
    fault = models.TextField(default="")  # what kept its last turn from being taken
    # Of a turn that could not be taken, else null: [[event, at, heard at], ...] that was heard in
    # it, and when it was due; `due_at` is when it is tried again.
    unheard = models.JSONField(null=True)
    was_due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["play", "raw_subject_id", "entry_key"], name="enrolment_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(ended_at=None), name="enrolment_due"
            ),
            models.Index(fields=["subject_id", "play"], name="enrolment_of_subject"),
            models.Index(fields=["play", "ended_at"], name="enrolment_ended"),
            # Who waits in a step, the next first.
            models.Index(
                fields=["play", "at", "due_at"],
                condition=models.Q(ended_at=None),
                name="enrolment_in_step",
            ),
            models.Index(
                fields=["play"], condition=~models.Q(fault=""), name="enrolment_with_fault"
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(unheard__isnull=False),
                name="enrolment_unheard",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.play}: {self.subject_id}"


class PlayTally(models.Model):
    """By how much a figure of a play changed; the sum of its rows is what it is (`tally.py`)."""

    play = models.CharField(max_length=80)
    what = models.CharField(max_length=12)
    name = models.CharField(max_length=80, default="")  # of a step, or why it ended
    count = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["play", "what", "name", "count"], name="play_tally")]

    def __str__(self) -> str:
        return f"{self.play}: {self.what} {self.name} {self.count:+}"


class PlayDecision(models.Model):
    """Why an enrolment went one way and not another. Never changed."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="decisions")
    at = models.DateTimeField()
    step = models.CharField(max_length=80)
    what = models.CharField(max_length=16)
    detail = models.TextField(default="")

    def __str__(self) -> str:
        return f"{self.step} {self.what}"


class PlaySwitch(models.Model):
    """Whether a play reaches anybody. A play that was applied is off until somebody says so."""

    play = models.CharField(max_length=80, primary_key=True)
    is_on = models.BooleanField(default=False)
    digest = models.CharField(max_length=64, default="")  # the version that reaches people
    changed_at = models.DateTimeField()
    changed_by = models.TextField()
    fault = models.TextField(default="")  # what kept it from being followed the last time

    def __str__(self) -> str:
        return f"{self.play} {'on' if self.is_on else 'off'}"


class PlayReplay(models.Model):
    """What a version of a play would have done, when that was last looked at."""

    play = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    since_on = models.DateField()
    before_on = models.DateField()
    summary = models.JSONField()
    replayed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.play} {self.since_on} to {self.before_on}"


class ReplayedSubject(models.Model):
    """Somebody whom the last replay of a version would have reached, in either arm."""

    digest = models.CharField(max_length=64)
    over = models.CharField(max_length=8)
    subject_id = models.TextField()
    account_id = models.TextField()
    is_left_alone = models.BooleanField()
    first_at = models.DateTimeField()
    messages = models.IntegerField()
    messages_before = models.IntegerField(null=True)  # under the version beside it; null: none
    is_twice = models.BooleanField()  # gets the same words twice

    class Meta:
        indexes = [
            models.Index(fields=["digest", "-messages"], name="replayed_by_messages"),
            models.Index(fields=["account_id"], name="replayed_account"),
            models.Index(fields=["subject_id"], name="replayed_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.digest}: {self.subject_id}"


class ReplayedMail(models.Model):
    """A mail of a step as one of those whom the last replay reached would have got it then.

    `why` says why it has no words.
    """

    digest = models.CharField(max_length=64)
    step = models.CharField(max_length=80)
    account_id = models.TextField()
    person_id = models.TextField()
    name = models.TextField(default="")
    at = models.DateTimeField()
    language = models.CharField(max_length=20, default="")
    subject = models.TextField(default="")
    text = models.TextField(default="")
    html = models.TextField(default="")
    why = models.TextField(default="")

    class Meta:
        indexes = [
            models.Index(fields=["digest"], name="replayed_mail_digest"),
            models.Index(fields=["account_id"], name="replayed_mail_account"),
            models.Index(fields=["person_id"], name="replayed_mail_person"),
        ]

    def __str__(self) -> str:
        return f"{self.digest}: {self.step} {self.person_id}"


class PlayCursor(models.Model):
    """How far the lake was read: `number` is a batch, `text` what else was seen.

    `heard_at`: all that had been shipped until then was heard.
    """

    name = models.TextField(primary_key=True)
    number = models.BigIntegerField(default=0)
    text = models.TextField(default="")
    heard_at = models.DateTimeField(null=True)


class PlayDate(models.Model):
    """A date of a card that brings somebody into a play at `due_at`, if it still holds then."""

    play = models.CharField(max_length=80)
    subject_id = models.TextField()
    value = models.TextField()  # as the card had it when it was looked up
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["play", "subject_id", "value"], name="play_date_once")
        ]

    def __str__(self) -> str:
        return f"{self.play}: {self.subject_id} {self.value}"

"""Exit interviews: the short survey by link, and the talk with its notes."""

from django.db import models

from tenure.reasons.survey_questions import Answer


class Survey(models.Model):
    """One link for one account, leaving and person: what was asked, and when asking ended.

    `known` is what they had said before and is not asked again. Asking stops when attention ends;
    what was answered until then counts.
    """

    key = models.TextField(unique=True)  # of account, leaving, person and mode
    public_id = models.TextField(unique=True)  # stands in the link
    mode = models.CharField(max_length=4, default="live")  # live | test
    account_key = models.TextField(db_index=True)  # as it was called then
    account_id = models.TextField(db_index=True)  # canonical
    person_id = models.TextField(default="", db_index=True)
    subscription_id = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)  # the leaving; null: none is known
    language = models.CharField(max_length=10, default="")
    known = models.JSONField(default=dict)  # {reason, follow_up, next_job, rival, wanted}
    made_at = models.DateTimeField()
    made_by = models.TextField()
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)  # when the mail was written into the ledger
    first_shown_at = models.DateTimeField(null=True)  # may be a program that looks at links
    answered_at = models.DateTimeField(null=True)  # the last answer
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=12, default="")
    declined_at = models.DateTimeField(null=True)  # "do not ask me again"
    reason_event = models.TextField(default="")  # ids of the reasons told, the last one holds

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "-made_at"], name="survey_of_account"),
            models.Index(fields=["mode", "-made_at"], name="survey_by_day"),
        ]

    def __str__(self) -> str:
        return f"survey of {self.account_id}"


class SurveyAnswer(models.Model):
    """One question that was shown and answered or skipped, with the seconds that it took."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=12)
    place = models.PositiveSmallIntegerField()  # 1 is the first that was asked
    choice = models.TextField(default="")  # a code
    text = models.TextField(default="")
    is_skipped = models.BooleanField(default=False)
    seconds = models.FloatField()  # from the page to the answer, as the server saw them
    answered_at = models.DateTimeField()
    changes = models.PositiveSmallIntegerField(default=0)  # how often it was said anew
    told = models.PositiveSmallIntegerField(default=0)  # of these, what the lake was told: n + 1

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["survey", "question"], name="survey_answer_once")
        ]

    def __str__(self) -> str:
        return f"{self.question} of {self.survey_id}"

    def as_answer(self) -> Answer:
        """What was said, without when and how often."""
        return Answer(self.question, self.choice, self.text, self.is_skipped, self.seconds)


class Interview(models.Model):
    """One talk about one leaving: who spoke, when, what was said, and what we conclude."""

    key = models.TextField(unique=True)
    mode = models.CharField(max_length=4, default="live")  # live | test
    account_key = models.TextField(db_index=True)
    account_id = models.TextField(db_index=True)  # canonical
    decided_at = models.DateTimeField(null=True)  # the leaving
    spoke_on = models.DateField()
    minutes = models.PositiveSmallIntegerField(null=True)
    person_id = models.TextField(default="", db_index=True)  # who spoke for them, if we know them
    spoke_with = models.TextField(default="")  # name and role, as noted
    interviewer = models.TextField()
    notes = models.TextField(default="")
    quotes = models.JSONField(default=list)  # their own words, one text each
    consents_to_notes = models.BooleanField(default=False)
    consents_to_quotes = models.BooleanField(default=False)  # may be shown to colleagues as theirs
    may_contact = models.BooleanField(null=True)  # null: not asked
    code = models.TextField(default="")  # the reason that the interviewer concludes
    detail = models.TextField(default="")
    next_job = models.TextField(default="")
    rival = models.TextField(default="")
    noted_at = models.DateTimeField()
    noted_by = models.TextField()
    reason_event = models.TextField(default="")  # ids of the reasons told, the last one holds
    versions = models.PositiveSmallIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["account_id", "-spoke_on"], name="interview_of_account")]

    def __str__(self) -> str:
        return f"interview with {self.account_id} on {self.spoke_on}"

"""Visits and what came of them; the keys that hosts sign with; the log that cannot be rewritten."""

from django.db import models


class CancelKey(models.Model):
    """What a host's backend signs tokens with. Several may be in use, so that one can replace
    another without a gap."""

    key_id = models.CharField(max_length=64, primary_key=True)
    secret = models.CharField(max_length=128)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.key_id})"


class Outcome(models.TextChoices):
    """What a visit came to. `kept` is not among them: that is for `saves` to prove."""

    OPEN = "", "open"  # under way
    SAVED = "saved", "saved"  # an offer was accepted
    CANCELED = "canceled", "canceled"  # they leave, also when they had accepted something
    ABANDONED = "abandoned", "abandoned"  # silent for 30 minutes, or said that they stay


class Visit(models.Model):
    """One passage through the cancel flow, folded from its events by `visits.follow_visits`."""

    visit_id = models.CharField(max_length=32, primary_key=True)
    mode = models.CharField(max_length=4, default="live")  # live | test
    account_id = models.TextField(db_index=True)  # canonical when it was folded
    subscription_id = models.TextField(default="")
    person_id = models.TextField(default="", db_index=True)
    key_id = models.CharField(max_length=64, default="")
    # As it was decided when it was opened.
    flow = models.TextField(default="")  # the name of its definition
    flow_digest = models.CharField(max_length=64, default="")
    shape = models.CharField(max_length=20, default="")  # full | click_to_cancel | direct
    experiment = models.TextField(default="")
    arm = models.CharField(max_length=20, default="")  # treated | hold_out
    share = models.FloatField(default=0)  # of the arm
    language = models.CharField(max_length=16, default="")
    country = models.CharField(max_length=2, default="")
    is_consumer = models.BooleanField(null=True)
    channel = models.CharField(max_length=10, default="")  # page | embed | api
    stage = models.TextField(default="")
    plan = models.TextField(default="")
    billing_interval = models.TextField(default="")
    mrr_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="")
    # As it went on.
    opened_at = models.DateTimeField(db_index=True)
    last_at = models.DateTimeField(db_index=True)
    steps = models.JSONField(default=list)  # [{"at", "kind", "screen", ...}] in their order
    reason = models.TextField(default="")  # of reasons.toml, as stated
    follow_up = models.TextField(default="")
    next_job = models.TextField(default="")
    rival = models.TextField(default="")
    text = models.TextField(default="")  # in their own words
    considered = models.JSONField(default=list)  # every candidate: probability, fits or why not
    offers_shown = models.JSONField(default=list)  # names, in their order
    has_seen_offers = models.BooleanField(default=False)
    offer = models.TextField(default="")  # the name of what was accepted
    offer_kind = models.TextField(default="")
    decision = models.CharField(max_length=10, default="")  # accepted | declined | stayed
    outcome = models.CharField(max_length=10, choices=Outcome, default="", db_index=True)
    ended_at = models.DateTimeField(null=True)
    billing = models.CharField(max_length=10, default="")  # done | pending | refused | unsure
    ends_on = models.DateField(null=True)
    returned_at = models.DateTimeField(null=True)  # came back while leaving: a return, never a save
    is_told = models.BooleanField(default=False)  # lower floors know what it is by now

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "-opened_at"], name="visit_of_account"),
            models.Index(fields=["mode", "-opened_at"], name="visit_by_time"),
            # Counted by version without reading a visit.
            models.Index(fields=["mode", "flow", "flow_digest", "opened_at"], name="visit_by_flow"),
            models.Index(
                fields=["last_at"], condition=models.Q(outcome=""), name="visit_under_way"
            ),
            models.Index(
                fields=["last_at"], condition=models.Q(is_told=False), name="visit_untold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.opened_at:%Y-%m-%d %H:%M}"

    @property
    def is_test(self) -> bool:
        return self.mode == "test"


class VisitOutcome(models.Model):
    """That something was decided, written at the moment itself, beside its change of billing.

    `saved`, `canceled` and `returned` can each come once in a visit: a second click finds the row.
    """

    visit_id = models.CharField(max_length=32)
    outcome = models.CharField(max_length=10)  # saved | canceled | returned
    mode = models.CharField(max_length=4, default="live")
    account_id = models.TextField(db_index=True)
    subscription_id = models.TextField(default="")
    person_id = models.TextField(default="")
    at = models.DateTimeField()
    offer = models.TextField(default="")
    change_key = models.CharField(max_length=200, default="")  # of its BillingChange
    billing = models.CharField(max_length=10, default="pending")
    ends_on = models.DateField(null=True)
    language = models.CharField(max_length=16, default="en")
    email = models.CharField(max_length=320, default="")  # for the receipt, where they told it
    # What the receipt says, exactly as it was shown: question, dates, consequences, terms.
    said = models.JSONField(default=dict)
    told = models.JSONField(default=dict)  # what its event says beside
    told_at = models.DateTimeField(null=True)  # its event is in the inbox
    receipt_at = models.DateTimeField(null=True)  # its receipt is in the ledger of messages
    followed_at = models.DateTimeField(null=True)  # saves know it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit_id", "outcome"], name="visit_outcome_once")
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(told_at=None), name="visit_outcome_untold"
            ),
            models.Index(
                fields=["id"], condition=models.Q(receipt_at=None), name="visit_outcome_unsaid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.outcome}"


class LogEntry(models.Model):
    """One entry of the compliance log. Its digest covers the digest of the one before.

    What is personal stands in `private`, and the chain covers its digest only: it can be blanked
    for somebody who is forgotten, and everything else still verifies.
    """

    number = models.BigIntegerField(primary_key=True)  # 1, 2, 3, ... without a gap
    visit_id = models.CharField(max_length=32, db_index=True)
    mode = models.CharField(max_length=4, default="live")
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)  # the name of its event
    message_id = models.CharField(max_length=64, unique=True)  # of its event
    body = models.JSONField(default=dict)
    private = models.JSONField(null=True)  # {"salt", ...}; null once somebody was forgotten
    private_digest = models.CharField(max_length=64, default="")
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    # Not part of the chain: whom the private part names, to find it when they are forgotten.
    account_id = models.TextField(default="", db_index=True)
    person_id = models.TextField(default="", db_index=True)

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class LogHead(models.Model):
    """The last entry of the log, sealed with the home's secret: so the end cannot be cut off."""

    name = models.CharField(max_length=10, primary_key=True)
    number = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="")
    seal = models.CharField(max_length=64, default="")


class OffboardCursor(models.Model):
    """How far a reader of the lake has come."""

    name = models.CharField(max_length=40, primary_key=True)
    batch = models.BigIntegerField(default=0)  # the last that is folded whole
    done = models.IntegerField(default=0)  # events of the batch after it that are folded as well

"""What was promised, what billing shows of it at each check, and what each side still owes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What is followed. Only the first is a save, however long the others stay."""

    SAVE = "save", _("Save")
    ABANDONED = "abandoned", _("Abandoned visit")
    HOLD_OUT = "hold_out", _("Hold-out")
    LEFT = "left", _("Left")
    STAYED = "stayed", _("Stayed without an offer")


class Status(models.TextChoices):
    """Where it stands; docs/saves.md has the picture."""

    ACCEPTED = "accepted", _("Accepted")  # billing does not show it yet
    APPLIED = "applied", _("Applied")  # read back; no check has come due
    PROVISIONAL = "provisional", _("Provisional")  # checked, and not proved to the end
    KEPT = "kept", _("Kept")
    LOST = "lost", _("Lost")


class Lost(models.TextChoices):
    CANCELED = "canceled", _("Cancelled after accepting")
    ENDED = "ended", _("The subscription ended")
    UNPAID = "unpaid", _("No payment came")


class Applying(models.TextChoices):
    """What billing made of an accepted offer."""

    WAITING = "waiting", _("Waiting for billing")
    READ_BACK = "read_back", _("Read back from billing")
    NOTHING_TO_DO = "nothing_to_do", _("Nothing to change in billing")
    DIFFERS = "differs", _("Billing shows something else")
    REFUSED = "refused", _("Billing refused it")


class Save(models.Model):
    """One accepted offer, or one visit that is followed beside the saves. Terms never change."""

    key = models.CharField(max_length=80, unique=True)  # save:<visit> | visit:<visit>
    kind = models.CharField(max_length=10, choices=Kind)
    mode = models.CharField(max_length=4, default="live")  # live | test
    visit_id = models.CharField(max_length=80, db_index=True)
    account_id = models.TextField(db_index=True)  # as it was then; merges are followed by the lake
    subscription_id = models.TextField(default="")  # empty: whatever the account held
    reason = models.TextField(default="")
    # What was accepted. Of visits that are followed these are empty.
    offer = models.TextField(default="")
    offer_kind = models.TextField(default="")
    terms = models.JSONField(default=dict)
    cost_minor = models.BigIntegerField(default=0)  # revenue forgone, and what we pay beside it
    promised_by = models.TextField(default="")  # who accepted: a person's id
    language = models.CharField(max_length=16, default="en")  # of who accepted
    change_key = models.CharField(max_length=200, default="", db_index=True)  # its BillingChange
    # Of the account card at that moment.
    plan = models.TextField(default="")
    billing_interval = models.TextField(default="")
    stage = models.TextField(default="")
    segments = models.JSONField(default=list)  # whose member it was, by name
    mrr_before_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="")
    paying_since_on = models.DateField(null=True)
    opened_at = models.DateTimeField(db_index=True)
    opened_on = models.DateField(db_index=True)  # the company's day
    # What became of it.
    status = models.CharField(max_length=12, choices=Status, default=Status.ACCEPTED)
    applying = models.CharField(max_length=14, choices=Applying, default=Applying.WAITING)
    applied_at = models.DateTimeField(null=True)
    problem = models.TextField(default="")  # what billing has otherwise, or why it refused
    next_renewal_on = models.DateField(null=True)  # the first after any pause or free time
    canceled_at = models.DateTimeField(null=True)  # leaving was confirmed with Tenure afterwards
    canceled_on = models.DateField(null=True)
    renewal_paid_on = models.DateField(null=True)
    kept_on = models.DateField(null=True)  # first day by which everything was proved
    lost_because = models.CharField(max_length=10, choices=Lost, default="")
    gone_on = models.DateField(null=True)  # first day on which it was no longer kept
    returned_on = models.DateField(null=True)  # paid again after that: a return, never a save
    decided_at = models.DateTimeField(null=True)  # kept or lost was first seen
    superseded_by = models.CharField(max_length=80, default="")  # the key of what the visit became
    paid_minor = models.BigIntegerField(default=0)  # since, by the days that were paid for
    forgone_minor = models.BigIntegerField(default=0)  # not asked for on those days, as promised
    proved_at = models.DateTimeField(null=True)  # when billing facts were first looked at
    matched_at = models.DateTimeField(null=True)  # when similar accounts were looked for
    reminds_on = models.DateField(null=True)  # when they are told that their rest ends
    reminded_at = models.DateTimeField(null=True)
    follow_up_days = models.PositiveSmallIntegerField(default=0)  # the last day with a task
    told = models.CharField(max_length=12, default="")  # the status that was recorded as an event

    class Meta:
        indexes = [
            models.Index(fields=["mode", "kind", "-opened_at"], name="save_by_time"),
            models.Index(fields=["status", "mode"], name="save_status"),
            models.Index(
                fields=["reminds_on"],
                condition=models.Q(reminds_on__isnull=False, reminded_at=None),
                name="save_to_remind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.account_id} on {self.opened_on}"

    @property
    def is_save(self) -> bool:
        return self.kind == Kind.SAVE

    @property
    def is_open(self) -> bool:
        return self.status not in (Status.KEPT, Status.LOST)


class SaveCheck(models.Model):
    """What billing shows for one day. It answers for that day alone: what happens later does not
    change it, what is learned later about that day does."""

    save_of = models.ForeignKey(Save, on_delete=models.CASCADE, related_name="checks")
    at_days = models.PositiveSmallIntegerField()  # 7, 30, 90, 180; 0: the next renewal
    due_on = models.DateField(db_index=True)
    is_active = models.BooleanField(null=True)  # has a subscription; null: not asked yet
    is_paying = models.BooleanField(null=True)  # and pays for it, after any pause or free time
    is_paused = models.BooleanField(null=True)  # or in another time without payment
    is_leaving = models.BooleanField(null=True)  # notice stood
    outcome = models.TextField(default="")  # that was required on that day
    price_minor = models.BigIntegerField(null=True)  # MRR on that day
    promised_minor = models.BigIntegerField(null=True)  # MRR that was promised; null: nothing was
    is_outcome_reached = models.BooleanField(null=True)  # null: none was stated
    seen_at = models.DateTimeField(null=True)  # when this answer was found
    evidence = models.JSONField(default=list)  # [{"what", "fact", "on"}]
    answers_given = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["save_of", "at_days"], name="save_check_once")
        ]

    def __str__(self) -> str:
        return f"{self.at_days} of {self.save_of_id}"

    @property
    def passes(self) -> bool | None:
        """There, paying and not about to leave; None while it is not answered."""
        if self.seen_at is None:
            return None
        return bool(self.is_active and self.is_paying and not self.is_leaving)


class CheckAnswer(models.Model):
    """One answer to one check. A later one stands beside it, with what had been learned."""

    check_of = models.ForeignKey(SaveCheck, on_delete=models.CASCADE, related_name="answers")
    number = models.PositiveIntegerField()
    answered_at = models.DateTimeField()
    due_on = models.DateField()
    said = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_of", "number"], name="check_answer_once")
        ]

    def __str__(self) -> str:
        return f"answer {self.number} to {self.check_of_id}"


class Similar(models.Model):
    """An account like the one that was saved, that had not tried to leave by then; watched from the
    same day with the same measure."""

    save_of = models.ForeignKey(Save, on_delete=models.CASCADE, related_name="similar")
    account_id = models.TextField(db_index=True)
    subscription_id = models.TextField()
    from_on = models.DateField()
    mrr_before_minor = models.BigIntegerField(default=0)
    gone_on = models.DateField(null=True)
    paid_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["save_of", "account_id"], name="similar_once")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} beside {self.save_of_id}"


class SavesCursor(models.Model):
    """What the last look was made of: the same again needs no other look."""

    name = models.CharField(max_length=20, primary_key=True)
    seen = models.TextField(default="")


class Side(models.TextChoices):
    US = "us", _("We")
    THEM = "them", _("They")


class Standing(models.TextChoices):
    OPEN = "open", _("Open")
    KEPT = "kept", _("Kept")
    BROKEN = "broken", _("Broken")
    RELEASED = "released", _("Released")  # nobody owes it any more: they left, or it was let go


class Commitment(models.Model):
    """What one side promised in return. Leaving never depends on it."""

    key = models.CharField(max_length=200, unique=True)
    save_of = models.ForeignKey(
        Save, null=True, on_delete=models.CASCADE, related_name="commitments"
    )
    mode = models.CharField(max_length=4, default="live")
    account_id = models.TextField(db_index=True)
    side = models.CharField(max_length=4, choices=Side)
    text = models.TextField()  # as it was shown
    texts = models.JSONField(default=dict)  # by language
    language = models.CharField(max_length=16, default="en")
    event = models.TextField(default="")  # that shows it done; empty: somebody says so
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="commitments"
    )  # of ours
    person_id = models.TextField(default="")  # of theirs
    email = models.TextField(default="")  # where theirs is reminded
    has_task = models.BooleanField(default=False)
    promised_at = models.DateTimeField()
    promised_by = models.TextField(default="")
    due_on = models.DateField(db_index=True)  # the last day
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.OPEN)
    kept_at = models.DateTimeField(null=True)
    kept_by = models.TextField(default="")  # the message id of the event, or who said so
    broken_on = models.DateField(null=True)  # stays, also when it is kept afterwards
    released_because = models.TextField(default="")
    reminded_at = models.DateTimeField(null=True)
    told = models.CharField(max_length=10, default="")  # the standing that was recorded

    class Meta:
        indexes = [
            models.Index(fields=["standing", "due_on"], name="commitment_due"),
            models.Index(fields=["account_id", "promised_at"], name="commitment_of"),
        ]

    def __str__(self) -> str:
        return f"{self.side} of {self.account_id} by {self.due_on}"

    @property
    def is_late(self) -> bool:
        """Kept, but after its day."""
        return self.standing == Standing.KEPT and self.broken_on is not None

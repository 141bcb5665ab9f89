"""One row for each message that is meant to be sent, and what became of it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Where a message stands; docs/messages.md has the picture."""

    HELD = "held", _("Held")
    READY = "ready", _("Waiting")
    CLAIMED = "claimed", _("Taken by a sender")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Refused")
    UNKNOWN = "unknown", _("Unsure")
    SUPPRESSED = "suppressed", _("Withheld")
    CONTROL = "control", _("Left out by chance")
    # Of a mail, told by who carries it: each outweighs the one before.
    DELIVERED = "delivered", _("Delivered")
    BOUNCED = "bounced", _("Returned")
    COMPLAINED = "complained", _("Complained of")
    # Of what is shown in the product: docs/in-app.md.
    SHOWN = "shown", _("Shown")
    CLICKED = "clicked", _("Clicked")
    DISMISSED = "dismissed", _("Closed")
    DONE = "done", _("Done")
    EXPIRED = "expired", _("Ran out")


class Channel(models.TextChoices):
    MAIL = "mail", _("Mail")
    WEBHOOK = "webhook", _("Webhook")
    IN_APP = "in_app", _("In the product")
    SLACK = "slack", _("Slack")


class Purpose(models.TextChoices):
    SIGN_IN = "sign_in", _("Sign-in link")
    DIGEST = "digest", _("Signal digest")
    AT_ONCE = "at_once", _("Urgent signal")
    REMINDER = "reminder", _("Task reminder")
    RECEIPT = "receipt", _("Receipt of a cancellation")
    AGREED = "agreed", _("Reminder of what was agreed")
    INTERVIEW = "interview", _("Exit interview")
    TRIAL = "trial", _("Test message")
    PLAY = "play", _("Message of a play")


# With whom it was meant for, as far as anybody knows.
ARRIVED = (Status.SENT, Status.DELIVERED, Status.COMPLAINED)


def bare_address(address: str) -> str:
    """The address as it is compared: in lower case, its domain in ASCII."""
    local, at, domain = address.strip().lower().rpartition("@")
    try:
        return f"{local}{at}{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}{at}{domain}"


def address_digest(address: str) -> str:
    """What stands for an address and does not tell it to who has no key of this installation."""
    said = salted_hmac("tenure.messages.address", bare_address(address), algorithm="sha256")
    return str(said.hexdigest())


# Their text is a key: it is gone from the ledger as soon as it has been tried.
SECRET_PURPOSES = frozenset({Purpose.SIGN_IN})


class Recipient(models.Model):
    """Who gets messages, and which: somebody who signs in to Tenure, or the webhook."""

    name = models.CharField(max_length=64, unique=True)  # user:<id> | webhook
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="recipient"
    )
    wants_digest = models.BooleanField(default=True)
    wants_at_once = models.BooleanField(default=False)
    wants_reminders = models.BooleanField(default=True)
    language = models.CharField(max_length=10, default="en")
    hour = models.PositiveSmallIntegerField(default=8)  # of the company's day
    digested_on = models.DateField(null=True)  # the last day looked at for a digest
    reminded_on = models.DateField(null=True)

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """One intended message. The unique key is what makes it one."""

    key = models.CharField(max_length=200, unique=True)
    purpose = models.CharField(max_length=20, choices=Purpose)
    channel = models.CharField(max_length=10, choices=Channel)
    to = models.ForeignKey(Recipient, null=True, on_delete=models.SET_NULL)
    recipient = models.CharField(max_length=320)  # an address, or `webhook`
    subject = models.TextField(default="")
    text = models.TextField(default="")
    html = models.TextField(default="")
    payload = models.JSONField(null=True)  # of a webhook
    status = models.CharField(max_length=10, choices=Status, default=Status.READY)
    why = models.TextField(default="")  # what the other side said, or why it was withheld
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)  # never sent later
    claim = models.CharField(max_length=40, default="")  # who holds it
    claimed_until = models.DateTimeField(null=True)
    intended_at = models.DateTimeField()
    sending_at = models.DateTimeField(null=True)  # the last attempt's begin
    ended_at = models.DateTimeField(null=True)  # sent, failed, unknown, suppressed, control
    # Of a message to somebody who uses the product.
    play = models.CharField(max_length=80, default="")
    step = models.CharField(max_length=80, default="")
    account_id = models.TextField(default="")
    person_id = models.TextField(default="")
    topic = models.CharField(max_length=80, default="")  # what the person may switch off
    asks = models.BooleanField(default=False)  # for a review, a score, an introduction
    enrolment = models.CharField(max_length=64, default="")  # key of one time in the play
    arm = models.CharField(max_length=10, default="")  # treated | hold_out; "": not measured
    priority = models.PositiveSmallIntegerField(default=50)  # 0 to 100, among what waits for them
    points = models.PositiveSmallIntegerField(default=0)  # of somebody's attention, once it is out
    because = models.JSONField(default=dict)  # the planner's last word: a code and its figures
    written_at = models.DateTimeField(null=True)  # when its words and data were taken
    released_at = models.DateTimeField(null=True)  # when the planner let it go, or its arm said no
    template_digest = models.CharField(max_length=64, default="")
    data_digest = models.CharField(max_length=64, default="")
    headers = models.JSONField(default=dict)  # of a mail, beside the usual ones
    provider_id = models.CharField(max_length=200, default="")  # as who carries it calls it

    values_used: dict[str, Any] | None = None  # no column: the ledger keeps it as MessageData

    class Meta:
        # None on the condition that a text is not empty: SQLite would not use it for any text.
        indexes = [
            models.Index(fields=["person_id", "status", "intended_at"], name="message_of_person"),
            models.Index(
                fields=["play", "step", "status"],
                name="message_of_play",
            ),
            models.Index(
                fields=["play", "step", "intended_at"],
                name="message_of_step",
            ),
            models.Index(
                fields=["enrolment"],
                name="message_of_enrolment",
            ),
            models.Index(
                fields=["next_at"],
                condition=models.Q(status="held"),
                name="message_waits",
            ),
            models.Index(
                fields=["channel", "next_at"],
                condition=models.Q(status="ready"),
                name="message_ready",
            ),
            models.Index(
                fields=["claimed_until"],
                condition=models.Q(status__in=["claimed", "sending"]),
                name="message_held",
            ),
            models.Index(
                fields=["provider_id"],
                name="message_of_provider",
            ),
            models.Index(fields=["status", "intended_at"], name="message_status"),
            models.Index(fields=["intended_at"], name="message_intended"),
        ]

    def __str__(self) -> str:
        return self.key


class MessageData(models.Model):
    """The values that the words of a message were written with; gone with who is forgotten."""

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="data"
    )
    values = models.JSONField()

    def __str__(self) -> str:
        return f"data of {self.message_id}"


class MessageDecision(models.Model):
    """Each time that the planner came to another word on a message. Never changed."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="decisions")
    at = models.DateTimeField()
    status = models.CharField(max_length=10)  # held | ready | control | suppressed
    because = models.JSONField()

    def __str__(self) -> str:
        return f"{self.status} {self.because.get('code')}"


class StoppedStep(models.Model):
    """A step of a play that would have sent more than its replay foretold, until somebody says
    that it may."""

    play = models.CharField(max_length=80)
    step = models.CharField(max_length=80)
    stopped_at = models.DateTimeField()
    because = models.JSONField()
    released_at = models.DateTimeField(null=True)
    released_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["play", "step"],
                condition=models.Q(released_at=None),
                name="step_stopped_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.play}/{self.step}"


class PlannerTurn(models.Model):
    """One row, counted up by whoever plans: of two planners at once only one has planned."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return "planner"


class MessageAbout(models.Model):
    """What a message speaks of: signals, so that each is told once; accounts, to forget them."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="about")
    kind = models.CharField(max_length=10)  # signal | task | account | person | content
    subject_id = models.TextField()  # of a signal the digest of its key, which may name somebody

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "kind", "subject_id"], name="message_about_once"
            )
        ]
        indexes = [models.Index(fields=["kind", "subject_id"], name="message_about_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class SuppressedFor(models.TextChoices):
    """Why nothing is sent to an address."""

    REFUSED = "refused", _("Refused by its mail server")
    BOUNCED = "bounced", _("Returned for good")
    RETURNED = "returned", _("Returned five times in a row")
    COMPLAINED = "complained", _("Marked as unwanted")
    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed at the provider")
    OPERATOR = "operator", _("Suppressed by hand")
    IMPORTED = "imported", _("Imported")


class SuppressedAddress(models.Model):
    """An address to which nothing is sent any more, until somebody lifts that; then it stays as
    what was. Who is forgotten leaves the digest alone, so that they get no mail even so."""

    address = models.CharField(max_length=320, default="")  # lower case; "": forgotten
    address_digest = models.CharField(max_length=64)  # keyed
    kind = models.CharField(max_length=12, choices=SuppressedFor, default=SuppressedFor.REFUSED)
    because = models.TextField(default="")
    since_at = models.DateTimeField()
    by = models.TextField(default="")  # who said so, where it was a person
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address_digest"],
                condition=models.Q(lifted_at=None),
                name="address_suppressed_once",
            )
        ]
        indexes = [
            models.Index(fields=["address_digest", "-since_at"], name="suppressed_digest"),
            models.Index(fields=["-since_at"], name="suppressed_since"),
        ]

    def __str__(self) -> str:
        return self.address or self.address_digest

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.address_digest = self.address_digest or address_digest(self.address)
        super().save(*args, **kwargs)


class MessageFeedback(models.Model):
    """What who carries mail told of one of them. Told twice, it is one row."""

    key = models.CharField(max_length=64, unique=True)
    message = models.ForeignKey(
        Message, null=True, on_delete=models.SET_NULL, related_name="feedback"
    )
    kind = models.CharField(max_length=20)  # messages.feedback.Kind
    address_digest = models.CharField(max_length=64)
    detail = models.TextField(default="")
    at = models.DateTimeField()
    heard_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["address_digest", "at"], name="feedback_of_address")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"


class Consent(models.Model):
    """What somebody said about messages of one topic. Never changed; the last word holds."""

    person_id = models.TextField(db_index=True)  # as it was when they said it
    address_digest = models.CharField(max_length=64, default="", db_index=True)  # theirs then
    topic = models.CharField(max_length=80)  # `*`: all but what they are owed
    is_granted = models.BooleanField()
    how = models.CharField(max_length=20)  # one_click | page | complaint | operator | import
    message_key = models.CharField(max_length=200, default="")  # that led here
    said_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person_id", "topic", "-id"], name="consent_of_person")]

    def __str__(self) -> str:
        return f"{self.topic} {'granted' if self.is_granted else 'withdrawn'}"


class WordsImport(models.Model):
    """A file of addresses or of consent that somebody handed in, and how far it was taken."""

    what = models.CharField(max_length=10)  # addresses | consent
    text = models.TextField()  # empty once it is done
    lines = models.PositiveIntegerField()
    at_line = models.PositiveIntegerField(default=0)  # of the file, the last that was looked at
    taken = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list)  # [line, why] of the first
    by = models.TextField()
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    forgot = models.PositiveIntegerField(
        default=0
    )  # how often its lines were searched for somebody

    def __str__(self) -> str:
        return f"{self.what} {self.looked} of {self.lines}"

    @property
    def looked(self) -> int:
        """How many lines were looked at."""
        return max(self.at_line - 1, 0)


class SignInAsked(models.Model):
    """Somebody asked for a sign-in link by mail. Written alike whether the address is known."""

    address = models.CharField(max_length=320, default="")  # empty once answered
    address_digest = models.CharField(max_length=64)
    asked_from = models.CharField(max_length=64)  # digest of the network address
    language = models.CharField(max_length=10, default="en")  # of the page that asked
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["asked_at"], name="sign_in_asked_at"),
            models.Index(
                fields=["id"], condition=models.Q(answered_at=None), name="sign_in_asked_waits"
            ),
        ]

    def __str__(self) -> str:
        return f"asked at {self.asked_at:%Y-%m-%d %H:%M}"

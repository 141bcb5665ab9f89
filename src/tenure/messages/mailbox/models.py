"""What people answered to mails of ours, and how far the mailbox was read."""

from django.db import models

from tenure.messages.models import Message


class MailReply(models.Model):
    """What somebody answered to a mail of ours. Read twice, it is one row."""

    key = models.CharField(max_length=64, unique=True)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="replies")
    person_id = models.TextField(default="", db_index=True)  # as the mail named them
    account_id = models.TextField(default="")
    subject = models.TextField(default="")
    words = models.TextField(default="")  # their own, without what they quote
    at = models.DateTimeField()
    heard_at = models.DateTimeField()
    # A task was opened for it, by its play or because nobody waited for it; null: not yet.
    taken_up_at = models.DateTimeField(null=True)
    testimonial = models.CharField(max_length=40, default="")  # kept as a candidate under this key

    class Meta:
        indexes = [
            models.Index(fields=["-at"], name="mail_reply_at"),
            models.Index(
                fields=["id"], condition=models.Q(taken_up_at=None), name="mail_reply_waits"
            ),
        ]

    def __str__(self) -> str:
        return f"reply at {self.at:%Y-%m-%d %H:%M}"


class MailboxRead(models.Model):
    """A mailbox that is read, and how far: `uid` is the number of the last mail that was."""

    name = models.CharField(max_length=600, primary_key=True)
    validity = models.BigIntegerField(null=True)  # of the numbers; null: never read
    uid = models.BigIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)  # when all that was there had been read
    problem = models.TextField(default="")
    waiting = models.PositiveIntegerField(default=0)  # mails that the last look left for the next
    counts = models.JSONField(default=dict)  # of mails, by what they were

    def __str__(self) -> str:
        return self.name


class MailNotGiven(models.Model):
    """A mail that the server did not hand out when it was its turn: asked for again, then left."""

    mailbox = models.CharField(max_length=600)  # MailboxRead.name
    validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    tries = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # when it is asked for again; null: never
    problem = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "validity", "uid"], name="mail_not_given_once"
            ),
        ]

    def __str__(self) -> str:
        return f"mail {self.uid}"

"""Which offers were shown, which were taken, on which terms, and what is learned of them."""

from django.db import models


class OfferShown(models.Model):
    """One offer on one screen of one visit, with the chance that it had to come there.

    Folded from `Offers Chosen`, which also names every candidate that was not shown, and why.
    """

    visit_id = models.CharField(max_length=80)
    choice = models.CharField(max_length=32)  # digest: another answer makes another choice
    offer = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)
    version = models.CharField(max_length=32)  # of what it gives, not of its words
    place = models.PositiveSmallIntegerField()  # 0 is first
    probability = models.FloatField()  # of this place, given those before it
    how = models.CharField(max_length=10)  # rules | learned | season
    rules_first = models.CharField(
        max_length=32, default=""
    )  # the version that the rules had first
    account_id = models.TextField(db_index=True)
    mode = models.CharField(max_length=4, default="live")
    reason = models.CharField(max_length=80, default="")
    follow_up = models.CharField(max_length=80, default="")
    book_digest = models.CharField(max_length=64)
    shown_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit_id", "choice", "offer"], name="offer_shown_once")
        ]
        indexes = [models.Index(fields=["version", "mode"], name="offer_shown_version")]

    def __str__(self) -> str:
        return f"{self.offer} in {self.visit_id}"


class Concession(models.Model):
    """An offer that was accepted: its terms as they were shown, for ever, and what it costs us."""

    visit_id = models.CharField(max_length=80)
    offer = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)
    version = models.CharField(max_length=32, default="")
    account_id = models.TextField(db_index=True)
    subscription_id = models.TextField(default="")
    person_id = models.TextField(default="")
    mode = models.CharField(max_length=4, default="live")
    reason = models.CharField(max_length=80, default="")
    terms = models.JSONField()
    words = models.JSONField()  # title, text, accept, terms_text, as they were read
    commitments = models.JSONField(default=list)  # as they were shown
    currency = models.CharField(max_length=3, default="")
    is_price_cut = models.BooleanField(default=False)
    price_before_minor = models.BigIntegerField(null=True)  # a month
    price_minor = models.BigIntegerField(null=True)  # a month, while it runs
    cost_minor = models.BigIntegerField(default=0)  # forgone and paid
    forgone_minor = models.BigIntegerField(default=0)  # price that is not asked for
    given_at = models.DateTimeField()
    given_on = models.DateField()  # in the company's time zone
    runs_until_on = models.DateField(null=True)  # first day on which it holds no more
    change_key = models.CharField(max_length=80, default="")  # of billing
    task_key = models.CharField(max_length=120, default="")
    time_at = models.DateTimeField(null=True)  # a free time that they took
    event_id = models.CharField(max_length=80, unique=True)
    recorded_at = models.DateTimeField(null=True)  # when the lake was told

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit_id"], name="offer_accepted_once_a_visit")
        ]
        indexes = [
            models.Index(fields=["mode", "given_on", "currency"], name="concession_spent"),
            models.Index(
                fields=["id"], condition=models.Q(recorded_at=None), name="concession_waits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer} to {self.account_id}"


class Purse(models.Model):
    """What two visits at once may not spend both: its row is held while one of them does.

    `name` is `all:EUR` or `account:<id>`. It holds no sum: that is counted from concessions.
    """

    name = models.TextField(primary_key=True)

    def __str__(self) -> str:
        return self.name


class LearnedOffer(models.Model):
    """What is known of an offer, for a reason and what followed it: the margin that was retained,
    net of its cost, as a share of what was at stake, of everybody to whom it was shown.
    """

    offer = models.CharField(max_length=64)
    version = models.CharField(max_length=32)
    reason = models.CharField(max_length=80, default="")  # empty: all reasons together
    follow_up = models.CharField(max_length=80, default="")  # empty: whatever followed
    visits = models.PositiveIntegerField()  # with a result so far
    weight = models.FloatField()  # of them, in whole results
    mean_share = models.FloatField()  # posterior
    sd_share = models.FloatField()
    accepted = models.PositiveIntegerField(default=0)  # for people to see; never chosen by
    learned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "offer", "reason", "follow_up"], name="learned_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.offer} for {self.reason or 'any reason'}"


class FreeTimes(models.Model):
    """What an adviser's calendar last said is free. Its address is a secret, shown to nobody."""

    calendar = models.TextField(unique=True)
    times = models.JSONField(default=list)  # [[starts, ends], ...] as ISO texts
    read_at = models.DateTimeField(null=True)  # the last time that it could be read
    tried_at = models.DateTimeField(null=True)
    problem = models.TextField(default="")

    def __str__(self) -> str:
        return f"calendar {self.pk}"

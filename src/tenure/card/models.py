"""The account card as it is now: one wide row per account, written by `card.refresh`.

A column is one documented thing: see `catalogue.toml`. Those that pages sort and filter by are
columns here too.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    PAYING = "paying", _("paying")
    TRIAL = "trial", _("trial")
    FREE = "free", _("free")
    LEAVING = "leaving", _("leaving")  # notice given, still active
    LEFT = "left", _("left")  # paid once, pays no more
    NEVER_PAID = "never_paid", _("never paid")


class AccountCard(models.Model):
    account_id = models.TextField(primary_key=True)  # canonical
    name = models.TextField(default="", db_index=True)
    domain = models.TextField(default="")
    status = models.TextField(choices=Status, db_index=True)
    mrr_minor = models.BigIntegerField(default=0, db_index=True)  # in `currency`
    currency = models.TextField(default="")  # of the greatest MRR, where there are several
    plan = models.TextField(default="", db_index=True)
    billing_interval = models.TextField(default="")  # month, quarter, 2 years, ...
    quantity = models.BigIntegerField(null=True)  # seats
    paying_since_on = models.DateField(null=True)  # start of the present unbroken paying time
    left_on = models.DateField(null=True)  # first day without MRR, null while paying
    notice_at = models.DateTimeField(null=True)  # notice in force
    ends_on = models.DateField(null=True)  # when what it has now ends, null when open
    people = models.IntegerField(default=0)  # members now
    people_active_30_days = models.IntegerField(default=0)
    events_30_days = models.IntegerField(default=0)
    last_seen_at = models.DateTimeField(null=True, db_index=True)
    created_at = models.DateTimeField(null=True)
    traits = models.JSONField(default=dict)
    # Every column that no day alone changes, by name; nulls and defaults are left out.
    # `card_of.account_card` puts them back, and counts days.
    values = models.JSONField(default=dict)
    row_digest = models.TextField(default="")  # of all columns above: unchanged rows stay unwritten

    def __str__(self) -> str:
        return self.name or self.account_id

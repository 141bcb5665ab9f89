"""Who was left alone by chance, and who was not: written once, at the first exposure."""

from django.db import models


class Assignment(models.Model):
    """The arm of one account in one experiment, for ever. Whoever has none was never exposed."""

    experiment = models.CharField(max_length=100)
    account_id = models.TextField()  # as it was then; merges are followed when it is asked for
    arm = models.CharField(max_length=20)  # hold_out | treated
    # With which chance it came into its arm: the share of that arm when it was first exposed.
    # Accounts are compared within equal chances, so the share can change while it runs.
    share = models.FloatField()
    exposed_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "account_id"], name="assigned_once")
        ]
        indexes = [models.Index(fields=["account_id"], name="assignment_of_account")]

    def __str__(self) -> str:
        return f"{self.account_id} in {self.experiment}: {self.arm}"

"""What changes of billing say of an account that is forgotten goes; that they were made stays."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tenure.base.ids import fresh_id
from tenure.billing.models import OPEN, BillingCall, BillingChange, Status


@transaction.atomic
def forget_in_billing(account_ids: Sequence[str], now: datetime) -> int:
    """How many changes were of these accounts, and name nobody any more.

    What is still open is given up: nobody is left for whom it could be made.
    """
    changes = BillingChange.objects.filter(account_id__in=account_ids)
    BillingCall.objects.filter(change__in=changes).update(message="", answer=None)
    changes.filter(status__in=OPEN).update(status=Status.GIVEN_UP, ended_at=now)
    ids = list(changes.values_list("pk", flat=True))
    for pk in ids:
        BillingChange.objects.filter(pk=pk).update(
            key=fresh_id("forgotten", 24),
            account_id="",
            subscription_id="",
            values={},
            why="it speaks of somebody who is forgotten",
            answer=None,
            reference="",
            read_back=None,
            differs=[],
            reads_until=None,
            superseded_by="",
            is_told=True,
        )
    return len(ids)

"""What only the operator can decide: that a change is to be tried once more."""

from datetime import datetime

from django.db import transaction

from tenure.base.errors import Conflict, NotFound
from tenure.billing.ledger import displaced_by
from tenure.billing.models import BillingChange, Status


@transaction.atomic
def try_again(key: str, *, now: datetime, by: str) -> BillingChange:
    """The change, due now: refused or given up it is asked for again, done and different it is
    read again. Whoever says so has mended what stood in the way.

    Raises NotFound, and Conflict where nothing is to be tried: it is as promised, or a later
    change took its place.
    """
    change = BillingChange.objects.select_for_update().filter(key=key).first()
    if change is None:
        raise NotFound(f"there is no change {key!r}; `tenure billing changes` shows them")
    if change.counts or (change.mode == "test" and change.status == Status.DONE):
        raise Conflict(f"{key} is done as promised; there is nothing to try")
    if later := displaced_by(change):
        raise Conflict(f"{key}: {later.kind} ({later.key}) took its place; it is not tried again")
    changed = {"next_at": now, "why": f"{by} said: try again; before: {change.why}"[:1000]}
    if change.status == Status.DONE:
        changed |= {"reads_until": now}
    elif change.status in (Status.REFUSED, Status.GIVEN_UP):
        changed |= {"status": Status.INTENDED, "ended_at": None}
    BillingChange.objects.filter(pk=change.pk).update(**changed)
    change.refresh_from_db()
    return change

"""Somebody is forgotten: their visits go; the log keeps that something happened, not to whom."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tenure.offboard.log import forget_in_log
from tenure.offboard.models import Visit, VisitOutcome


@transaction.atomic
def forget_in_offboard(account_ids: Sequence[str], person_ids: Sequence[str], now: datetime) -> int:
    """How many rows of state were removed or blanked; none names one of these ids any more.

    A visit of a forgotten person goes as a whole, though the account stays.
    """
    removed = 0
    for model in (Visit, VisitOutcome):
        named = model.objects.filter(account_id__in=account_ids)
        named |= model.objects.filter(person_id__in=person_ids)
        count, _ = named.delete()
        removed += count
    return removed + forget_in_log(account_ids, person_ids, now)

"""Who is forgotten was never offered anything; what it cost stays in the sums, naming nobody."""

from collections.abc import Sequence

from django.db import transaction

from tenure.base.ids import digest, fresh_id
from tenure.offers.models import Concession, OfferShown, Purse


@transaction.atomic
def forget_in_offers(account_ids: Sequence[str], person_ids: Sequence[str]) -> int:
    """How many rows named one of these ids, and do so no more.

    A month's spending is a fact about us: amounts stay, without account, person, visit and words.
    """
    shown, _ = OfferShown.objects.filter(account_id__in=account_ids).delete()
    purses, _ = Purse.objects.filter(name__in=[f"account:{each}" for each in account_ids]).delete()
    of_accounts = Concession.objects.filter(account_id__in=account_ids)
    count = of_accounts.count()
    for row in of_accounts:
        row.account_id = row.subscription_id = row.person_id = ""
        row.visit_id = fresh_id("gone", 24)
        row.event_id = f"concession:{digest(row.visit_id)}"
        row.recorded_at = row.recorded_at or row.given_at  # never told from here on
        row.terms, row.words, row.commitments = {}, {}, []
        row.change_key = row.task_key = row.reason = ""
        row.save()
    people = Concession.objects.filter(person_id__in=person_ids).update(person_id="")
    return shown + purses + count + people

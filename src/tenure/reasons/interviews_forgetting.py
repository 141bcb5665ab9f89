"""What surveys and talks know of somebody who is forgotten goes."""

from collections.abc import Sequence

from django.db.models import Q

from tenure.reasons.models import Interview, Survey


def forget_in_interviews(account_ids: Sequence[str], person_ids: Sequence[str]) -> int:
    """How many rows went or were changed. Of an account everything goes; of a person their surveys,
    and of talks with them what was said: the reason that we concluded is ours.
    """
    of_accounts = Q(account_id__in=account_ids) | Q(account_key__in=account_ids)
    removed = Survey.objects.filter(of_accounts | Q(person_id__in=person_ids)).delete()[0]
    removed += Interview.objects.filter(of_accounts).delete()[0]
    return removed + Interview.objects.filter(person_id__in=person_ids).update(
        person_id="", spoke_with="", notes="", quotes=[]
    )

"""Who is forgotten was in no play."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from tenure.plays.models import Enrolment, PlayDate, ReplayedMail, ReplayedSubject
from tenure.plays.tally import add_rows


@transaction.atomic
def forget_in_plays(account_ids: Sequence[str], person_ids: Sequence[str]) -> int:
    """How many enrolments named one of these ids, and are gone with their decisions."""
    named = Enrolment.objects.filter(
        Q(over="account", subject_id__in=account_ids)
        | Q(over="person", subject_id__in=person_ids)
        | Q(over="person", raw_subject_id__in=person_ids)
        | Q(account_id__in=account_ids)
        | Q(raw_account_id__in=account_ids)
    )
    replayed = Q(account_id__in=account_ids) | Q(over="person", subject_id__in=person_ids)
    ReplayedSubject.objects.filter(replayed).delete()
    named_in_mail = Q(account_id__in=account_ids) | Q(person_id__in=person_ids)
    ReplayedMail.objects.filter(named_in_mail).delete()
    PlayDate.objects.filter(subject_id__in=account_ids).delete()
    rows = list(named.select_for_update())  # who moved meanwhile is counted as they are
    add_rows(rows, -1)
    Enrolment.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)

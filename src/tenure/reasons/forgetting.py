"""What reasons know of somebody who is forgotten goes: records, words, evidence, themes.

Called after the lake has forgotten them.
"""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Q

from tenure.reasons.interviews_forgetting import forget_in_interviews
from tenure.reasons.models import ReasonCursor, ReasonRecord, Theme
from tenure.reasons.reviews_forgetting import forget_in_reviews
from tenure.reasons.themes import CURSOR


@transaction.atomic
def forget_in_reasons(account_ids: Sequence[str], person_ids: Sequence[str]) -> int:
    """How many rows went or were changed; none is left that names one of these ids.

    Of a forgotten account everything goes. Of a person, what they gave stays as a reason without
    their words, for it is their account's as well.
    """
    of_accounts = Q(account_id__in=account_ids) | Q(account_key__in=account_ids)
    of_people = Q(user_id__in=person_ids)
    touched = ReasonRecord.objects.filter(of_accounts | of_people)
    themes = Theme.objects.filter(pk__in=touched.exclude(theme=None).values("theme_id"))
    removed = len(themes)
    themes.delete()  # their words were in it; what is left is grouped anew
    if removed:
        ReasonCursor.objects.filter(name=CURSOR).update(text="", number=-1)
    removed += ReasonRecord.objects.filter(of_accounts).delete()[0]
    removed += ReasonRecord.objects.filter(of_people).update(user_id="", text="", rival="")
    removed += forget_in_reviews(account_ids, person_ids)
    removed += forget_in_interviews(account_ids, person_ids)
    return removed + _clean_evidence({*account_ids, *person_ids})


def _clean_evidence(ids: Collection[str]) -> int:
    """Take evidence that names one of them, or was said by them, out of what stays."""
    changed = 0
    for record in ReasonRecord.objects.exclude(evidence=[]).only("evidence").iterator(1_000):
        kept = [piece for piece in record.evidence if not _names(piece, ids)]
        if len(kept) < len(record.evidence):
            record.evidence = kept
            record.save(update_fields=["evidence"])
            changed += 1
    return changed


def _names(piece: dict[str, object], ids: Collection[str]) -> bool:
    return piece.get("person") in ids or piece.get("by") in ids

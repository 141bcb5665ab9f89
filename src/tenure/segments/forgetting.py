"""Who is forgotten was never in a segment."""

from collections.abc import Sequence

from tenure.segments.models import SegmentMember
from tenure.segments.vocabulary import ACCOUNT, PERSON


def forget_in_segments(account_ids: Sequence[str], person_ids: Sequence[str]) -> int:
    """How many stays were removed. Person ids as in `SegmentMember`: `anon:` while unknown."""
    accounts, _ = SegmentMember.objects.filter(over=ACCOUNT, subject_id__in=account_ids).delete()
    people, _ = SegmentMember.objects.filter(over=PERSON, subject_id__in=person_ids).delete()
    return accounts + people

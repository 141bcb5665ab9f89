"""Who is forgotten was never in a segment."""

from collections.abc import Sequence

from tenure.segments.models import SegmentMember


def forget_in_segments(account_ids: Sequence[str], person_ids: Sequence[str]) -> int:
    """How many stays were removed. Person ids as in `SegmentMember`: `anon:` while unknown."""
    accounts, _ = SegmentMember.objects.filter(
        over="account", subject_id__in=account_ids
    ).delete()  # fmt: skip
    people, _ = SegmentMember.objects.filter(over="person", subject_id__in=person_ids).delete()
    return accounts + people

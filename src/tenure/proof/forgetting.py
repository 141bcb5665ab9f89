"""Nothing of a forgotten account stays: neither in which arm it was, nor when."""

from collections.abc import Sequence

from tenure.proof.models import Assignment

_AT_ONCE = 500


def forget_in_proof(account_ids: Sequence[str]) -> int:
    """How many assignments of these accounts were deleted."""
    deleted = 0
    for start in range(0, len(account_ids), _AT_ONCE):
        part = account_ids[start : start + _AT_ONCE]
        deleted += Assignment.objects.filter(account_id__in=part).delete()[0]
    return deleted

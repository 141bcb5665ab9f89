"""Nothing of a forgotten account stays; of a forgotten person, only that somebody agreed."""

from collections.abc import Sequence

from tenure.saves.models import Commitment, Save, Similar

_AT_ONCE = 500


def forget_in_saves(account_ids: Sequence[str], person_ids: Sequence[str] = ()) -> int:
    """How many rows of these accounts were deleted. People are taken out of what stays, with
    where they are reminded."""
    deleted = 0
    for ids in _parts(account_ids):
        deleted += Save.objects.filter(account_id__in=ids).delete()[0]
        deleted += Commitment.objects.filter(account_id__in=ids).delete()[0]
        deleted += Similar.objects.filter(account_id__in=ids).delete()[0]
    for ids in _parts(person_ids):
        Save.objects.filter(promised_by__in=ids).update(promised_by="")
        Commitment.objects.filter(person_id__in=ids).update(person_id="", email="")
        Commitment.objects.filter(promised_by__in=ids).update(promised_by="")
    return deleted


def _parts(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]

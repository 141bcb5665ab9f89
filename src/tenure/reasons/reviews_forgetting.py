"""What reviews and cases know of somebody who is forgotten goes."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from tenure.reasons.models import LeavingReview, SaidNo, WorthVerdict

LISTS = ("warnings", "acts", "tried")


def forget_in_reviews(account_ids: Sequence[str], person_ids: Sequence[str]) -> int:
    """How many rows went or were changed. Of an account everything goes, that it said no as well:
    nothing may be left that names it. Of a person, each piece that they said or that names them.
    """
    of_accounts = Q(account_id__in=account_ids) | Q(account_key__in=account_ids)
    gone = 0
    for model in (LeavingReview, WorthVerdict, SaidNo):
        gone += model.objects.filter(of_accounts).delete()[0]
    return gone + _clean(frozenset({*account_ids, *person_ids}))


def _clean(ids: frozenset[str]) -> int:
    changed = 0
    for review in LeavingReview.objects.only(*LISTS).iterator(1_000):
        kept = {
            name: [piece for piece in getattr(review, name) if not _names(piece, ids)]
            for name in LISTS
        }
        if any(len(kept[name]) < len(getattr(review, name)) for name in LISTS):
            LeavingReview.objects.filter(pk=review.pk).update(**kept)
            changed += 1
    for case in WorthVerdict.objects.only("grounds").iterator(1_000):
        grounds = [_without(ground, ids) for ground in case.grounds]
        if grounds != case.grounds:
            WorthVerdict.objects.filter(pk=case.pk).update(grounds=grounds, row_digest="")
            changed += 1
    return changed


def _without(ground: dict[str, Any], ids: frozenset[str]) -> dict[str, Any]:
    """A ground of a verdict, without the attempts that name one of them."""
    if "pieces" not in ground:
        return ground
    return {**ground, "pieces": [piece for piece in ground["pieces"] if not _names(piece, ids)]}


def _names(piece: dict[str, object], ids: frozenset[str]) -> bool:
    return piece.get("by") in ids or piece.get("with") in ids

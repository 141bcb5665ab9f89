"""Commitments as lists show them: what we broke stands first."""

from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from tenure.saves.models import Commitment, Side, Standing


def commitments_now(*, account_id: str = "", with_settled: bool = False) -> list[dict[str, Any]]:
    """One dict for each commitment: ours that are broken, theirs, what is due, what is over."""
    return [
        {
            "key": each.key,
            "account_id": each.account_id,
            "side": each.side,
            "text": each.text,
            "due_on": each.due_on,
            "event": each.event,
            "owner": each.owner.get_username() if each.owner else None,
            "person_id": each.person_id,
            "standing": each.standing,
            "promised_at": each.promised_at,
            "kept_at": each.kept_at,
            "kept_by": each.kept_by,
            "broken_on": each.broken_on,
            "released_because": each.released_because,
        }
        for each in ordered(account_id=account_id, with_settled=with_settled)
    ]


def ordered(*, account_id: str = "", with_settled: bool = False) -> QuerySet[Commitment]:
    """Live commitments, the loudest first."""
    found = Commitment.objects.filter(mode="live").select_related("owner")
    if account_id:
        found = found.filter(account_id=account_id)
    if not with_settled:
        found = found.filter(standing__in=(Standing.OPEN, Standing.BROKEN))
    loudness = Case(
        When(standing=Standing.BROKEN, side=Side.US, then=Value(0)),
        When(standing=Standing.BROKEN, then=Value(1)),
        When(standing=Standing.OPEN, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return found.annotate(loudness=loudness).order_by("loudness", "due_on", "pk")

"""What lower floors have to know of a visit: who was exposed to what, and whom to follow.

Each of them knows a visit by its id, so whatever a kill leaves half done is told again, and changes
nothing.
"""

from datetime import datetime

from django.db import transaction

from tenure.offboard.models import Outcome, Visit
from tenure.proof.assignment import Arm, record
from tenure.saves.models import Kind
from tenure.saves.opening import follow_visit

AT_ONCE = 200
# Each transaction waits for the disk, and others wait for the disk behind it.
IN_A_TRANSACTION = 10
HOLD_OUT = "hold_out"


def tell_of_visits(now: datetime) -> int:
    """How many visits were told of."""
    untold = list(Visit.objects.filter(is_told=False).order_by("last_at")[:AT_ONCE])
    for first in range(0, len(untold), IN_A_TRANSACTION):
        with transaction.atomic():
            for visit in untold[first : first + IN_A_TRANSACTION]:
                _tell(visit)
    return len(untold)


def _tell(visit: Visit) -> None:
    if not visit.is_test:
        _tell_of(visit)
    # Unless it went on meanwhile.
    same = Visit.objects.filter(pk=visit.pk, last_at=visit.last_at, outcome=visit.outcome)
    same.update(is_told=True)


def _tell_of(visit: Visit) -> None:
    if visit.experiment and visit.arm:
        arm = Arm(visit.arm, visit.share)
        record(visit.experiment, visit.account_id, arm, visit.opened_at)
    kind = followed_as(visit)
    if kind is not None and visit.ended_at is not None:
        follow_visit(
            visit_id=visit.visit_id,
            account_id=visit.account_id,
            subscription_id=visit.subscription_id,
            kind=kind,
            reason=visit.reason,
            mode=visit.mode,
            now=visit.ended_at,
        )


def followed_as(visit: Visit) -> str | None:
    """As what it is followed for 180 days, besides what was saved; None while it goes on."""
    if visit.outcome == Outcome.CANCELED:
        return Kind.LEFT
    if visit.outcome != Outcome.ABANDONED:
        return None
    if visit.arm == HOLD_OUT:
        return Kind.HOLD_OUT
    return Kind.STAYED if visit.decision == "stayed" else Kind.ABANDONED

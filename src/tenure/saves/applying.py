"""Whether billing did what was accepted. Before it was read back, nothing is saved."""

from datetime import datetime

from tenure.billing.models import BillingChange
from tenure.billing.models import Status as Change
from tenure.saves.models import Applying, Save, Status

AT_ONCE = 500


def follow_billing(now: datetime) -> int:
    """How many saves changed with their BillingChange. What was read back once stays so: billing
    may lawfully show something else later."""
    waiting = Save.objects.filter(mode="live").exclude(change_key="")
    waiting = waiting.exclude(applying__in=(Applying.READ_BACK, Applying.NOTHING_TO_DO))
    saves = list(waiting)
    found = _changes([save.change_key for save in saves])
    moved = [save for save in saves if _follow(save, found.get(save.change_key), now)]
    Save.objects.bulk_update(
        moved, ["applying", "applied_at", "problem", "status"], batch_size=AT_ONCE
    )
    return len(moved)


def _follow(save: Save, change: BillingChange | None, now: datetime) -> bool:
    """Whether anything of it changed."""
    before = (save.applying, save.problem)
    save.applying, save.problem = _standing(change)
    if save.applying == Applying.READ_BACK:
        save.applied_at = (change.read_back_at if change else None) or now
        if save.status == Status.ACCEPTED:
            save.status = Status.APPLIED
    return before != (save.applying, save.problem)


def _standing(change: BillingChange | None) -> tuple[str, str]:
    if change is None:
        return Applying.WAITING, ""
    if change.counts:
        return Applying.READ_BACK, ""
    if change.status in (Change.REFUSED, Change.GIVEN_UP):
        return Applying.REFUSED, change.why
    if change.status == Change.DONE and change.differs and change.reads_until is None:
        return Applying.DIFFERS, "; ".join(str(each) for each in change.differs)
    return Applying.WAITING, ""


def _changes(keys: list[str]) -> dict[str, BillingChange]:
    found: dict[str, BillingChange] = {}
    for first in range(0, len(keys), AT_ONCE):
        found |= BillingChange.objects.in_bulk(keys[first : first + AT_ONCE], field_name="key")
    return found

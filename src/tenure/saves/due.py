"""When a save is checked: at 7, 30, 90 and 180 days, and at the next renewal that is paid for."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from tenure.saves.models import Save, SaveCheck

RENEWAL = 0  # the check at the next renewal
AT_DAYS = (7, 30, 90, 180)
LAST_DAYS = AT_DAYS[-1]
# Until when nothing is paid, by the kind of offer: until then nobody has been kept.
_RESTS_UNTIL = {"pause": "resumes_on", "dormant": "wakes_on", "free_months": "ends_on"}
_TRIALS = {"trial_extension": "ends_on"}


def rests_until(offer_kind: str, terms: Mapping[str, Any]) -> date | None:
    """The first day on which a paused, free or longer tried subscription is to be paid again."""
    name = _RESTS_UNTIL.get(offer_kind) or _TRIALS.get(offer_kind)
    said = terms.get(name) if name else None
    return date.fromisoformat(said) if said else None


def rests_from(offer_kind: str, terms: Mapping[str, Any]) -> date | None:
    """The first day of that time; None where it began at once, or there is none."""
    said = terms.get("sleeps_on" if offer_kind == "dormant" else "starts_on")
    return date.fromisoformat(said) if said and offer_kind in _RESTS_UNTIL else None


def first_renewal_on(save: Save, renews_on: date | None) -> date | None:
    """The first renewal that this account decides on: the end of its rest, else when it renews."""
    rest = rests_until(save.offer_kind, save.terms)
    if rest is not None and rest > save.opened_on:
        return max(rest, renews_on) if renews_on and renews_on > rest else rest
    return renews_on if renews_on is not None and renews_on > save.opened_on else None


def plan_checks(save: Save) -> None:
    """Write down when it is to be checked; what is there already stays, moved to its day."""
    days = {at: save.opened_on + timedelta(days=at) for at in AT_DAYS}
    if save.next_renewal_on is not None:
        days[RENEWAL] = save.next_renewal_on
    SaveCheck.objects.bulk_create(
        [SaveCheck(save_of=save, at_days=at, due_on=due_on) for at, due_on in days.items()],
        ignore_conflicts=True,
    )

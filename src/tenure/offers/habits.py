"""Who comes to the way out for a lower price, again and again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tenure.customers.models import IdentityLink
from tenure.offers.history import in_effect


@dataclass(frozen=True, slots=True)
class Habit:
    """An account that took a lower price in as many visits as `habit_visits`, or more."""

    account_id: str
    visits: int
    first_on: date
    last_on: date
    cost_minor: Mapping[str, int] = field(default_factory=dict)  # by currency


def habits(habit_visits: int) -> list[Habit]:
    """Those accounts, who has cost most visits first. They are offered no lower price any more."""
    canonical = dict(
        IdentityLink.objects.filter(kind="account")
        .exclude(canonical_id="")
        .values_list("raw_id", "canonical_id")
    )
    found: dict[str, Habit] = {}
    visits: dict[str, set[str]] = {}
    rows = in_effect().filter(is_price_cut=True).exclude(account_id="")
    for row in rows.order_by("given_at", "pk").iterator(2000):
        account_id = canonical.get(row.account_id, row.account_id)
        visits.setdefault(account_id, set()).add(row.visit_id)
        before = found.get(account_id)
        cost = dict(before.cost_minor) if before else {}
        cost[row.currency] = cost.get(row.currency, 0) + row.cost_minor
        first_on = before.first_on if before else row.given_on
        count = len(visits[account_id])
        found[account_id] = Habit(account_id, count, first_on, row.given_on, cost)
    listed = [each for each in found.values() if each.visits >= habit_visits]
    return sorted(listed, key=lambda each: (-each.visits, each.account_id))

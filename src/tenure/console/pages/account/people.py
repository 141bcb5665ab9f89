"""Who of an account uses the product, the last seen first."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from tenure.customers.models import Membership

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    email: str
    role: str
    since_at: datetime
    last_seen_at: datetime | None


def people_shown(account_id: str) -> list[Member]:
    """One line for each person who belongs to the account now."""
    found = (
        Membership.objects.filter(account_id=account_id, until_at=None)
        .select_related("person")
        .order_by(F("person__last_seen_at").desc(nulls_last=True), "person_id")
    )
    members: dict[str, Member] = {}
    for membership in found[: MOST_SHOWN * 2]:
        person = membership.person
        members.setdefault(
            person.person_id,
            Member(
                name=str(person),
                email=person.email,
                role=membership.role,
                since_at=membership.since_at,
                last_seen_at=person.last_seen_at,
            ),
        )
    return list(members.values())[:MOST_SHOWN]

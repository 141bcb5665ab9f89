"""What news makes of memberships. Called inside a transaction, with a chunk."""

from collections.abc import Iterable, Sequence

from tenure.customers.models import Account, Membership, Person
from tenure.customers.news import MembershipNews, join_membership
from tenure.customers.publishing import MEMBERSHIP_LINKS, note_change

_FIELDS = [
    "person", "account", "role", "role_at", "since_at", "known_at", "joined_at", "removed_at",
    "until_at",
]  # fmt: skip


def keep_memberships(news: Sequence[MembershipNews]) -> None:
    """Create the memberships that are new, and change those of which something new was said."""
    held = {
        (row.raw_person_id, row.raw_account_id): row
        for row in Membership.objects.filter(raw_person_id__in={each.person_id for each in news})
    }
    people = canonical_ids(Person, {each.person_id for each in news})
    accounts = canonical_ids(Account, {each.account_id for each in news})
    rows = []
    is_changed = False
    for each in news:
        row = held.get((each.person_id, each.account_id))
        before = (row.until_at, row.known_at) if row else None
        if row is None:
            row = Membership(
                raw_person_id=each.person_id,
                raw_account_id=each.account_id,
                since_at=each.since_at,
                known_at=each.known_at,
            )
        row.person_id = people.get(each.person_id, each.person_id)
        row.account_id = accounts.get(each.account_id, each.account_id)
        join_membership(row, each)
        is_over = row.removed_at and not (row.joined_at and row.joined_at > row.removed_at)
        row.until_at = row.removed_at if is_over else None
        is_changed |= (row.until_at, row.known_at) != before
        rows.append(row)
    Membership.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["raw_person_id", "raw_account_id"],
        update_fields=_FIELDS,
    )
    if is_changed:
        note_change(MEMBERSHIP_LINKS)


def canonical_ids(model: type[Account] | type[Person], ids: Iterable[str]) -> dict[str, str]:
    """Where those of these raw ids lead that were merged into another."""
    merged = model.objects.filter(pk__in=list(ids)).exclude(merged_into="")
    return dict(merged.values_list("pk", "merged_into"))
